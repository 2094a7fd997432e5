package org.fusegrad;

import static org.fusegrad.testing.Misuse.fails;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Misuse of expressions: shapes that do not fit, axes that are not there, operands that are null. */
class BadShapesTest {
    private final Expr x = Expr.input("x", Shape.batch(3));
    private final Expr y = Expr.input("y", Shape.batch());
    private final Expr w = Expr.parameter("w", Shape.of(3));
    private final Expr b = Expr.parameter("b", Shape.scalar());

    @Test
    void shapesThatDoNotBroadcast() {
        Expr ten = Expr.input("a", Shape.batch(10));
        Expr nine = Expr.input("b", Shape.of(9));
        fails(IllegalArgumentException.class, "sub: shapes [batch, 10] and [9] do not broadcast", () -> ten.sub(nine));
        fails(IllegalArgumentException.class, "add: shapes [9] and [batch, 10] do not broadcast", () -> nine.add(ten));
        fails(IllegalArgumentException.class, "mul: shapes [2, 3] and [3, 2] do not broadcast",
                () -> matrix(2, 3).mul(matrix(3, 2)));
        fails(IllegalArgumentException.class, "div: shapes [4] and [3] do not broadcast",
                () -> Tensor.of(1, 2, 3, 4).div(Tensor.of(1, 2, 3)));
    }

    @Test
    void sumOverAnAxisThatIsNotThere() {
        fails(IllegalArgumentException.class, "sum: shape [] has no axis -1", () -> b.sum(-1));
        fails(IllegalArgumentException.class, "sum: shape [batch, 3] has no axis 2", () -> x.sum(2));
        fails(IllegalArgumentException.class, "sum: shape [3] has no axis -2", () -> w.sum(-2));
        fails(IllegalArgumentException.class, "sum: axis 1 of shape [2, 3, 4] is neither the first nor the last",
                () -> Expr.input("t", Shape.of(2, 3, 4)).sum(1));
    }

    @Test
    void reductionsOverAnAxisThatIsNotThere() {
        Expr cube = Expr.input("t", Shape.of(2, 3, 4));
        fails(IllegalArgumentException.class, "max: axis 1 of shape [2, 3, 4] is neither the first nor the last",
                () -> cube.max(1));
        fails(IllegalArgumentException.class, "min: shape [batch, 3] has no axis 2", () -> x.min(2));
        fails(IllegalArgumentException.class, "mean: shape [] has no axis 0", () -> b.mean(0));
        fails(IllegalArgumentException.class, "softmax: axis 0 of shape [batch, 3] is not the last", () -> x.softmax(0));
        fails(IllegalArgumentException.class, "logSoftmax: axis -2 of shape [batch, 3] is not the last",
                () -> x.logSoftmax(-2));
        fails(IllegalArgumentException.class, "logSumExp: shape [] has no axis -1", () -> b.logSumExp(-1));
    }

    @Test
    void dotOfShapesThatDoNotFit() {
        Expr ten = Expr.input("a", Shape.batch(10));
        fails(IllegalArgumentException.class, "dot: shapes [batch, 10] and [9] have no last axis in common",
                () -> ten.dot(Expr.input("b", Shape.of(9))));
        fails(IllegalArgumentException.class, "dot: shapes [batch, 10] and [1] have no last axis in common",
                () -> ten.dot(Expr.input("b", Shape.of(1))));
        fails(IllegalArgumentException.class, "dot: shapes [batch, 3] and [batch] have no last axis in common",
                () -> x.dot(y));
        fails(IllegalArgumentException.class, "dot: shapes [] and [] have no last axis in common", () -> b.dot(b));
        fails(IllegalArgumentException.class, "dot: shapes [2, 3] and [4, 3] do not broadcast",
                () -> matrix(2, 3).dot(matrix(4, 3)));
        fails(NullPointerException.class, "dot: the second operand is null", () -> x.dot(null));
    }

    @Test
    void anIndexThatIsNotOnePerRow() {
        fails(IllegalArgumentException.class,
                "pick: shape [batch, 3] with an index of shape [3]; it has an index per row", () -> x.pick(w));
        fails(IllegalArgumentException.class,
                "pick: shape [batch] with an index of shape []; it has an index per row", () -> y.pick(b));
        fails(IllegalArgumentException.class,
                "pick: shape [] with an index of shape []; it has an index per row", () -> b.pick(b));
        fails(IllegalArgumentException.class, "pick: shape [16777217] has more columns than floats can count",
                () -> Expr.input("p", Shape.of((1 << 24) + 1)).pick(b));
        fails(NullPointerException.class, "pick: the index is null", () -> x.pick(null));
    }

    @Test
    void shapesThatCannotBe() {
        fails(IllegalArgumentException.class, "shape [3, 0]: dimensions are at least 1", () -> Shape.of(3, 0));
        fails(IllegalArgumentException.class, "shape [-1]: dimensions are at least 1", () -> Shape.batch(-1));
        fails(IllegalArgumentException.class, "shape [65536, 32768] has too many elements", () -> Shape.of(65536, 32768));
        fails(IllegalArgumentException.class, "mul: shapes [65536, 1] and [32768] broadcast to too many elements",
                () -> matrix(65536, 1).mul(Tensor.of(new float[32768])));
        fails(IllegalArgumentException.class, "add: shapes [batch, 65536, 1] and [32768] broadcast to too many elements",
                () -> Expr.input("p", Shape.batch(65536, 1)).add(Expr.input("q", Shape.of(32768))));
    }

    @Test
    void axesThatDoNotBecomeRowsAndColumns() {
        Expr cube = Expr.input("cube", Shape.batch(3, 4));
        Expr middle = Expr.parameter("middle", Shape.of(3, 1));
        fails(IllegalArgumentException.class,
                "mul: [batch, 3, 4] and [3, 1] needs more than rows and columns: only neighbouring axes can broadcast or be"
                        + " summed together",
                () -> GradientKernel.compile(cube.mul(middle).sum()));
    }

    @Test
    void aNullOperandIsNamedByItsOperation() {
        aNullOperandIsNamedByItsOperation(x);
        aNullOperandIsNamedByItsOperation(Tensor.scalar(1));
    }

    private static <T extends Operations<T>> void aNullOperandIsNamedByItsOperation(T some) {
        Map<String, UnaryOperator<T>> operations = new LinkedHashMap<>();
        operations.put("add", some::add);
        operations.put("sub", some::sub);
        operations.put("mul", some::mul);
        operations.put("div", some::div);
        operations.put("maximum", some::maximum);
        operations.put("minimum", some::minimum);
        operations.put("lt", some::lt);
        operations.put("le", some::le);
        operations.put("gt", some::gt);
        operations.put("ge", some::ge);
        operations.put("eq", some::eq);
        operations.put("ne", some::ne);
        operations.put("dot", some::dot);
        operations.forEach((name, operation) ->
                fails(NullPointerException.class, name + ": the second operand is null", () -> operation.apply(null)));
    }

    @Test
    void nullsAreNamed() {
        fails(NullPointerException.class, "name", () -> Expr.input(null, Shape.scalar()));
        fails(NullPointerException.class, "shape of x", () -> Expr.input("x", null));
    }

    private static Tensor matrix(int... shape) {
        Shape s = Shape.of(shape);
        return Tensor.of(s, new float[s.perRow()]);
    }
}
