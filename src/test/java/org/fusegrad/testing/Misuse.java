package org.fusegrad.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.function.Executable;

/** What bad input gets: an exception that names the operation, the tensors and the shapes. */
public final class Misuse {
    private Misuse() {}

    public static void fails(Class<? extends Throwable> type, String message, Executable action) {
        assertEquals(message, assertThrows(type, action).getMessage());
    }
}
