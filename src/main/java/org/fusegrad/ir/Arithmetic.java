package org.fusegrad.ir;

import java.util.ArrayList;
import java.util.List;

/**
 * What each elementwise operation and each kind of sum means, in float (which defines the bits) and in
 * double (the oracle for accuracy and gradients). Values travel as {@code double} in both, which holds
 * every float exactly.
 */
public enum Arithmetic {
    /** IEEE-754 binary32, one rounding per operation, sums by {@link Sums}. */
    FLOAT {
        @Override
        public double apply(Node node, double... operands) {
            List<Float> floats = new ArrayList<>();
            for (double operand : operands) {
                floats.add((float) operand);
            }
            return Elementwise.apply(FloatAlgebra.INSTANCE, node, floats);
        }

        @Override
        public double round(double value) {
            return (float) value;
        }

        @Override
        public double contiguousSum(double[] values, int from, int count) {
            return Sums.contiguous(values, from, count);
        }

        @Override
        public double batchSum(double[] values, int column, int rows, int cols) {
            return Sums.batch(values, column, rows, cols);
        }
    },

    /** IEEE-754 binary64; sums in index order. */
    DOUBLE {
        @Override
        public double apply(Node node, double... x) {
            double a = x[0];
            double b = x[x.length - 1];
            return switch (node.op()) {
                case ADD -> a + b;
                case SUB -> a - b;
                case MUL -> a * b;
                case DIV -> a / b;
                case NEG -> -a;
                case SQUARE -> a * a;
                case ABS -> Math.abs(a);
                case SQRT -> Math.sqrt(a);
                case RECIPROCAL -> 1 / a;
                case RELU -> a < 0 ? 0 : a;
                case EXP -> Math.exp(a);
                case EXPM1 -> Math.expm1(a);
                case LOG -> Math.log(a);
                case LOG1P -> Math.log1p(a);
                case SIGMOID -> ErrorFunction.sigmoid(a);
                case TANH -> Math.tanh(a);
                case SOFTPLUS -> Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));
                case SILU -> a == Double.NEGATIVE_INFINITY ? -0.0 : a * ErrorFunction.sigmoid(a);
                case GELU -> a == Double.NEGATIVE_INFINITY ? -0.0 : a * 0.5 * ErrorFunction.erfc(-a * Math.sqrt(0.5));
                case ERF -> ErrorFunction.erf(a);
                case SIN -> Math.sin(a);
                case COS -> Math.cos(a);
                case POW -> b == 0.5 ? Math.sqrt(a) : b == -0.5 ? 1 / Math.sqrt(a) : b == b || a != 1 ? Math.pow(a, b) : 1;
                case MAXIMUM -> a >= b || a != a ? a : b;
                case MINIMUM -> a <= b || a != a ? a : b;
                case LESS -> a < b ? 1 : 0;
                case LESS_EQUAL -> a <= b ? 1 : 0;
                case EQUAL -> a == b ? 1 : 0;
                case WHERE -> a != 0 ? x[1] : b;
                case DETACH, EXPAND -> a;
                case INPUT, CONSTANT, COUNT, SUM, SUM_COLUMNS, SUM_ROWS ->
                    throw new AssertionError(node.op() + " is not elementwise");
            };
        }

        @Override
        public double round(double value) {
            return value;
        }

        @Override
        public double contiguousSum(double[] values, int from, int count) {
            double sum = -0.0;
            for (int i = 0; i < count; i++) {
                sum += values[from + i];
            }
            return sum;
        }

        @Override
        public double batchSum(double[] values, int column, int rows, int cols) {
            double sum = -0.0;
            for (int r = 0; r < rows; r++) {
                sum += values[r * cols + column];
            }
            return sum;
        }
    };

    /** One elementwise operation on its operands. */
    public abstract double apply(Node node, double... operands);

    /** The nearest number of this arithmetic. */
    public abstract double round(double value);

    /** The sum of {@code count} neighbouring elements. */
    public abstract double contiguousSum(double[] values, int from, int count);

    /** The sum of one column of a row-major {@code [rows, cols]}. */
    public abstract double batchSum(double[] values, int column, int rows, int cols);
}
