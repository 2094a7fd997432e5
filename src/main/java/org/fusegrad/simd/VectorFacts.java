package org.fusegrad.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** What generated kernels need of the Vector API besides its own methods. Load only if {@link Lanes#AVAILABLE}. */
public final class VectorFacts {
    private VectorFacts() {}

    /** The platform's preferred lanes, at most the sixteen of one accumulator; 0 where vectors are too short to pay. */
    static int preferredLanes() {
        int lanes = Math.min(FloatVector.SPECIES_PREFERRED.length(), 16);
        return lanes < 4 ? 0 : lanes;
    }

    /** The shuffle that exchanges neighbouring groups of {@code half} lanes: lane i takes lane {@code i ^ half}. */
    public static VectorShuffle<Float> exchange(VectorSpecies<Float> species, int half) {
        return VectorShuffle.fromOp(species, i -> i ^ half);
    }

    /** The shuffle that exchanges the halves of a vector of {@code lanes} lanes, whatever others have. */
    public static VectorShuffle<Float> halves(VectorSpecies<Float> species, int lanes) {
        return exchange(species.withShape(VectorShape.forBitSize(lanes * Float.SIZE)), lanes / 2);
    }

    /** Rows of {@code cols} columns lie one behind the other: from number {@code first} on the row of each, at most the last of {@code rows}. */
    public static VectorShuffle<Float> rows(VectorSpecies<Float> species, int rows, int cols, int first) {
        return VectorShuffle.fromOp(species, i -> Math.min((first + i) / cols, rows - 1));
    }

    /** Likewise the column of each. */
    public static VectorShuffle<Float> columns(VectorSpecies<Float> species, int cols, int first) {
        return VectorShuffle.fromOp(species, i -> (first + i) % cols);
    }

    /** As if lanes stood in rows of {@code side}: lane i takes what is at its place when rows and columns are exchanged. */
    public static VectorShuffle<Float> transposed(VectorSpecies<Float> species, int side) {
        return VectorShuffle.fromOp(species, i -> i % side * side + i / side);
    }

    /** Of two vectors one behind the other the lanes from number {@code first} on, and any behind the last. */
    public static IntVector behind(VectorSpecies<Integer> species, int first) {
        return IntVector.broadcast(species, first).addIndex(1).and(2 * species.length() - 1);
    }

    /**
     * Of two vectors with two rows of {@code cols} columns each, which begin with number {@code first}: four columns of the first row, from {@code column} on, of the second row,
     * and of those in the other vector. For columns that there are not, the last one.
     */
    public static IntVector fours(VectorSpecies<Integer> species, int cols, int column, int first) {
        int[] indices = new int[species.length()];
        for (int i = 0; i < indices.length; i++) {
            int row = i / 4;
            indices[i] = row / 2 * species.length() + row % 2 * cols + Math.min(column + i % 4, cols - 1) - first;
        }
        return IntVector.fromArray(species, indices, 0);
    }

    /**
     * Indices that do the same to two vectors, of each of which half is wanted: {@code pair.selectFrom(a, b)} takes into lane i lane {@code i ^ half} of a, or of b
     * where i has that bit.
     */
    public static IntVector pair(VectorSpecies<Integer> species, int half) {
        int[] indices = new int[species.length()];
        for (int i = 0; i < indices.length; i++) {
            indices[i] = ((i & half) == 0 ? 0 : species.length()) + (i ^ half);
        }
        return IntVector.fromArray(species, indices, 0);
    }
}
