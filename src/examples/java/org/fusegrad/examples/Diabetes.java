package org.fusegrad.examples;

/**
 * The diabetes data set: ten measurements of each of 442 patients and how far the disease went in a year. Source and
 * licence are in {@code diabetes-SOURCE.txt} beside the data.
 *
 * @param features {@code [rows, FEATURES]}, each column standardised to mean 0 and population standard deviation 1
 * @param progression {@code [rows]}
 */
public record Diabetes(float[] features, float[] progression) {
    /** Columns before the last one, which is the progression. */
    public static final int FEATURES = 10;

    /**
     * The mean squared error of the least-squares solution with intercept on the standardised features, computed in
     * float64 with scikit-learn 1.2.1 and numpy 1.24.2. No linear model has less.
     */
    public static final double LEAST_SQUARES_MSE = 2859.69634758675;

    public int rows() {
        return progression.length;
    }

    public static Diabetes load() {
        Table table = table();
        return new Diabetes(table.features(), table.target());
    }

    static Table table() {
        return Table.load("diabetes.csv");
    }
}
