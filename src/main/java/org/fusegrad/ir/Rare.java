package org.fusegrad.ir;

/**
 * Functions of single numbers, for arguments that hardly occur. Where a formula over an {@link Algebra} would cost every
 * argument what only these need, they are computed one by one.
 *
 * <p>In double by {@link StrictMath}, whose bits are specified, and rounded to float: at most 0.5001 ulp off.
 */
public enum Rare {
    SIN, COS;

    float of(float x) {
        return switch (this) {
            case SIN -> sin(x);
            case COS -> cos(x);
        };
    }

    /** The method of this class that generated code calls. */
    public String method() {
        return switch (this) {
            case SIN -> "sin";
            case COS -> "cos";
        };
    }

    public static float sin(float x) {
        return (float) StrictMath.sin(x);
    }

    public static float cos(float x) {
        return (float) StrictMath.cos(x);
    }
}
