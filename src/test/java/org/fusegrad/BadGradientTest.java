package org.fusegrad;

import static org.fusegrad.testing.Misuse.fails;

import org.junit.jupiter.api.Test;

/** Misuse of losses: what is no scalar, and gradients by what has none. */
class BadGradientTest {
    private final Expr x = Expr.input("x", Shape.batch(3));
    private final Expr y = Expr.input("y", Shape.batch());
    private final Expr w = Expr.parameter("w", Shape.of(3));
    private final Expr b = Expr.parameter("b", Shape.scalar());
    private final Expr loss = x.mul(w).sum(-1).add(b).sub(y).square().mean();

    @Test
    void lossThatIsNoScalar() {
        fails(IllegalArgumentException.class, "gradient: the loss has shape [batch], not []; reduce it by sum() or mean()",
                () -> GradientKernel.compile(x.mul(w).sum(-1)));
    }

    @Test
    void gradientOfWhatDoesNotRequireOne() {
        fails(IllegalArgumentException.class, "gradient: x does not require one; declare it with Expr.parameter",
                () -> GradientKernel.compile(loss, w, x));
        fails(IllegalArgumentException.class, "gradient: sum(square(y)) depends on no parameter",
                () -> GradientKernel.compile(y.square().sum()));
        fails(IllegalArgumentException.class, "gradient: mul(x, w) is not a parameter",
                () -> GradientKernel.compile(loss, x.mul(w)));
        fails(IllegalArgumentException.class, "gradient: the loss does not depend on v",
                () -> GradientKernel.compile(loss, Expr.parameter("v", Shape.scalar())));
        fails(IllegalArgumentException.class, "gradient: a variable is named twice", () -> GradientKernel.compile(loss, w, w));
    }

    @Test
    void twoInputsOfOneName() {
        Expr other = Expr.input("x", Shape.batch());
        fails(IllegalArgumentException.class, "gradient: two inputs are named x",
                () -> GradientKernel.compile(x.mul(w).sum(-1).sub(other).square().sum()));
    }

    @Test
    void nullsAreNamed() {
        fails(NullPointerException.class, "loss", () -> GradientKernel.compile(null));
        fails(NullPointerException.class, "variable", () -> GradientKernel.compile(loss, w, null));
    }
}
