package org.fusegrad;

import static org.fusegrad.testing.Misuse.fails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/** Misuse of tensors. A backward that fails leaves gradients as they were. */
class BadTensorTest {
    @Test
    void backwardOfAMatrixWithoutUpstream() {
        Tensor weight = Tensor.of(1, 2, 3).requiresGrad();
        fails(IllegalStateException.class, "backward: shape [3] is not a scalar; give the upstream gradient",
                () -> weight.mul(2).backward());
        fails(IllegalArgumentException.class, "backward: upstream of shape [2] for a tensor of shape [3]",
                () -> weight.mul(2).backward(Tensor.of(1, 2)));
        assertNull(weight.grad());
    }

    @Test
    void backwardWhereNothingRequiresAGradient() {
        fails(IllegalStateException.class, "backward: nothing in square(t) requires a gradient",
                () -> Tensor.scalar(2).square().backward());
    }

    @Test
    void failedBackwardLeavesGradientsAsTheyWere() {
        Tensor cube = matrix(2, 3, 4).requiresGrad();
        cube.sum().backward();
        Tensor middle = matrix(3, 1);
        assertThrows(IllegalArgumentException.class, () -> cube.mul(middle).sum().backward());
        for (float g : cube.grad().toArray()) {
            assertEquals(1f, g);
        }
    }

    @Test
    void elementsThatDoNotFitTheShape() {
        fails(IllegalArgumentException.class, "tensor: shape [2, 2] has 4 elements, not 3",
                () -> Tensor.of(Shape.of(2, 2), 1, 2, 3));
        fails(IllegalArgumentException.class, "tensor: shape [batch, 2] has no fixed batch",
                () -> Tensor.of(Shape.batch(2), 1, 2));
        fails(IllegalArgumentException.class, "shape [0]: dimensions are at least 1", () -> Tensor.of());
    }

    @Test
    void changingWhatIsNoLeaf() {
        Tensor leaf = Tensor.of(1, 2).requiresGrad();
        fails(IllegalStateException.class, "descend: t has no gradient; call backward first", () -> leaf.descend(1));
        fails(IllegalStateException.class, "assign: mul(t, 2.0) is the result of an operation",
                () -> leaf.mul(2).assign(leaf));
        fails(IllegalArgumentException.class, "assign: shape [3] to a tensor of shape [2]",
                () -> leaf.assign(Tensor.of(1, 2, 3)));
        fails(IllegalStateException.class, "item: shape [2] has 2 elements", leaf::item);
        assertArrayEquals(new float[] {1, 2}, leaf.toArray());
    }

    @Test
    void nullsAreNamed() {
        fails(NullPointerException.class, "values", () -> Tensor.of((float[]) null));
        fails(NullPointerException.class, "shape", () -> Tensor.of((Shape) null, 1f));
        fails(NullPointerException.class, "backward: the upstream gradient is null",
                () -> Tensor.scalar(1).requiresGrad().backward(null));
        fails(NullPointerException.class, "assign: the value is null", () -> Tensor.scalar(1).assign(null));
    }

    private static Tensor matrix(int... shape) {
        Shape s = Shape.of(shape);
        return Tensor.of(s, new float[s.perRow()]);
    }
}
