package org.fusegrad.codegen;

/** The integer parameters that every loop's method has. */
final class Parameters {
    /** The first element of the current tile. */
    static final Code.Var BASE = new Code.Var("base", Code.Type.INT);
    static final Code.Var FROM = new Code.Var("from", Code.Type.INT);
    static final Code.Var TO = new Code.Var("to", Code.Type.INT);

    private Parameters() {}
}
