package org.fusegrad.fusion;

/**
 * Where a value stands between loops.
 *
 * @param slot which array
 * @param index the element, for a scalar that shares its array with others; otherwise 0
 * @param tiled whether element 0 is the first of the current tile, rather than of the whole value
 */
public record Place(int slot, int index, boolean tiled) {

    static Place whole(int slot) {
        return new Place(slot, 0, false);
    }

    static Place scalar(int slot, int index) {
        return new Place(slot, index, false);
    }

    static Place tile(int slot) {
        return new Place(slot, 0, true);
    }
}
