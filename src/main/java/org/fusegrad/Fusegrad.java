package org.fusegrad;

import org.fusegrad.simd.Lanes;

/** Facts about the running engine. */
public final class Fusegrad {
    private Fusegrad() {}

    /** Float lanes per vector: 4, 8 or 16; 0 when kernels run as scalar code. */
    public static int lanes() {
        return Lanes.ACTIVE;
    }

    /** One line that names what results depend on in speed (never in bits): lanes, JDK, operating system. */
    public static String environment() {
        String vectors = Lanes.ACTIVE > 0
                ? Lanes.ACTIVE + " lanes (" + Lanes.ACTIVE * Float.SIZE + " bits)"
                : Lanes.AVAILABLE ? "scalar" : "scalar (add " + Lanes.FLAG + ")";
        return vectors + ", Java " + Runtime.version() + ", " + System.getProperty("os.name") + " "
                + System.getProperty("os.arch");
    }
}
