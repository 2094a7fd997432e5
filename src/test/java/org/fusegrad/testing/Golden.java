package org.fusegrad.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** The golden files, as resources of the tests. */
public final class Golden {
    private Golden() {}

    public static List<String> lines(String file) {
        String resource = "/golden/" + file;
        try (var stream = Objects.requireNonNull(Golden.class.getResourceAsStream(resource), resource)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(resource, e);
        }
    }

    /** The cells of a file of tab-separated values, without comments and without the line of names. */
    public static List<String[]> rows(String file) {
        return lines(file).stream()
                .filter(line -> !line.startsWith("#"))
                .skip(1)
                .map(line -> line.split("\t"))
                .toList();
    }

    /** One column of bits, of the rows of one operation. */
    public static float[] column(String file, String op, int column) {
        List<String[]> rows = rows(file).stream().filter(row -> row[0].equals(op)).toList();
        float[] values = new float[rows.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = bits(rows.get(i)[column]);
        }
        return values;
    }

    public static float bits(String hexadecimal) {
        return Float.intBitsToFloat(Integer.parseUnsignedInt(hexadecimal, 16));
    }
}
