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
 * Data to fit: features, and what is to be predicted from them.
 *
 * @param features {@code [rows, columns]}, row-major
 * @param target {@code [rows]}
 */
public record Table(int columns, float[] features, float[] target) {

    public int rows() {
        return target.length;
    }

    /**
     * Reads a file of numbers beside this class, with one line of names above. The last column is the target; each other one is
     * standardised to mean 0 and population standard deviation 1, in double.
     */
    public static Table load(String file) {
        List<CsvRecord> records = read(file);
        int rows = records.size();
        int columns = records.getFirst().getFieldCount() - 1;
        float[] features = new float[rows * columns];
        for (int c = 0; c < columns; c++) {
            double[] column = standardised(column(records, c));
            for (int r = 0; r < rows; r++) {
                features[r * columns + c] = (float) column[r];
            }
        }
        double[] last = column(records, columns);
        float[] target = new float[rows];
        for (int r = 0; r < rows; r++) {
            target[r] = (float) last[r];
        }
        return new Table(columns, features, target);
    }

    private static List<CsvRecord> read(String file) {
        var stream = Objects.requireNonNull(Table.class.getResourceAsStream(file), file);
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
