package org.fusegrad.ir;

/**
 * What each elementwise operation and each kind of sum means, in float (which defines the bits) and in
 * double (the oracle for accuracy and gradients). Values travel as {@code double} in both, which holds
 * every float exactly.
 */
public enum Arithmetic {
    /** IEEE-754 binary32, one rounding per operation, sums by {@link Sums}. */
    FLOAT {
        @Override
        public double apply(Op op, double x, double y) {
            float a = (float) x;
            float b = (float) y;
            return switch (op) {
                case ADD -> a + b;
                case SUB -> a - b;
                case MUL -> a * b;
                case DIV -> a / b;
                case NEG -> -a;
                case SQUARE -> a * a;
                case EXPAND -> a;
                case INPUT, CONSTANT, COUNT, SUM, SUM_COLUMNS, SUM_ROWS -> throw notElementwise(op);
            };
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
        public double apply(Op op, double a, double b) {
            return switch (op) {
                case ADD -> a + b;
                case SUB -> a - b;
                case MUL -> a * b;
                case DIV -> a / b;
                case NEG -> -a;
                case SQUARE -> a * a;
                case EXPAND -> a;
                case INPUT, CONSTANT, COUNT, SUM, SUM_COLUMNS, SUM_ROWS -> throw notElementwise(op);
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

    /** One elementwise operation; {@code b} is ignored by those of one operand. */
    public abstract double apply(Op op, double a, double b);

    /** The nearest number of this arithmetic. */
    public abstract double round(double value);

    /** The sum of {@code count} neighbouring elements. */
    public abstract double contiguousSum(double[] values, int from, int count);

    /** The sum of one column of a row-major {@code [rows, cols]}. */
    public abstract double batchSum(double[] values, int column, int rows, int cols);

    private static AssertionError notElementwise(Op op) {
        return new AssertionError(op + " is not elementwise");
    }
}
