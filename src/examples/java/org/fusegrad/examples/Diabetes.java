package org.fusegrad.examples;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

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

    private static final String FILE = "diabetes.csv";

    public int rows() {
        return progression.length;
    }

    public static Diabetes load() {
        List<CsvRecord> records = read();
        int rows = records.size();
        float[] features = new float[rows * FEATURES];
        for (int c = 0; c < FEATURES; c++) {
            double[] column = standardised(column(records, c));
            for (int r = 0; r < rows; r++) {
                features[r * FEATURES + c] = (float) column[r];
            }
        }
        double[] target = column(records, FEATURES);
        float[] progression = new float[rows];
        for (int r = 0; r < rows; r++) {
            progression[r] = (float) target[r];
        }
        return new Diabetes(features, progression);
    }

    private static List<CsvRecord> read() {
        var stream = Objects.requireNonNull(Diabetes.class.getResourceAsStream(FILE), FILE);
        try (var csv = CsvReader.builder().ofCsvRecord(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            return csv.stream().skip(1).toList(); // the names of the columns
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double[] column(List<CsvRecord> records, int column) {
        return records.stream().mapToDouble(record -> Double.parseDouble(record.getField(column))).toArray();
    }

    private static double[] standardised(double[] values) {
        double mean = 0;
        for (double value : values) {
            mean += value / values.length;
        }
        double variance = 0;
        for (double value : values) {
            variance += (value - mean) * (value - mean) / values.length;
        }
        double deviation = Math.sqrt(variance);
        double[] result = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = (values[i] - mean) / deviation;
        }
        return result;
    }
}
