package org.fusegrad.ir;

import java.util.ArrayList;
import java.util.List;

/**
 * What each elementwise operation and each reduction means, in float (which defines the bits) and in
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
        public double contiguous(Reduction reduction, int from, int count, double[]... x) {
            return Sums.contiguous(reduction, from, count, x);
        }

        @Override
        public double batch(Reduction reduction, int column, int rows, int cols, double[]... x) {
            return Sums.batch(reduction, column, rows, cols, x);
        }
    },

    /** IEEE-754 binary64; reductions in index order. */
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
                case MAXIMUM -> a >= b || a != a ? a : b;
                case MINIMUM -> a <= b || a != a ? a : b;
                case LESS -> a < b ? 1 : 0;
                case LESS_EQUAL -> a <= b ? 1 : 0;
                case EQUAL -> a == b ? 1 : 0;
                case WHERE -> a != 0 ? x[1] : b;
                case DETACH, EXPAND -> a;
                case INPUT, CONSTANT, COUNT, COLUMN_INDEX, SUM, SUM_COLUMNS, SUM_ROWS, DOT, DOT_COLUMNS, DOT_ROWS,
                        MAX, MAX_COLUMNS, MAX_ROWS ->
                    throw new AssertionError(node.op() + " is not elementwise");
            };
        }

        @Override
        public double round(double value) {
            return value;
        }

        @Override
        public double contiguous(Reduction reduction, int from, int count, double[]... x) {
            return reduce(reduction, from, 1, count, x);
        }

        @Override
        public double batch(Reduction reduction, int column, int rows, int cols, double[]... x) {
            return reduce(reduction, column, cols, rows, x);
        }

        private static double reduce(Reduction reduction, int from, int step, int count, double[]... x) {
            double[] first = x[0];
            double[] last = x[x.length - 1];
            double acc = reduction.identity();
            for (int k = 0, i = from; k < count; k++, i += step) {
                acc = switch (reduction) {
                    case SUM -> acc + first[i];
                    case DOT -> acc + first[i] * last[i];
                    case MAX -> Math.max(acc, first[i]);
                };
            }
            return acc;
        }
    };

    /** One elementwise operation on its operands. */
    public abstract double apply(Node node, double... operands);

    /** The nearest number of this arithmetic. */
    public abstract double round(double value);

    /** Reduces {@code count} neighbouring elements of the operands. */
    public abstract double contiguous(Reduction reduction, int from, int count, double[]... x);

    /** Reduces one column of operands that are row-major {@code [rows, cols]}. */
    public abstract double batch(Reduction reduction, int column, int rows, int cols, double[]... x);
}
