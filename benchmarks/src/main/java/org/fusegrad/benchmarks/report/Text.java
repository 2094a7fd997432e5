package org.fusegrad.benchmarks.report;

import java.util.List;
import java.util.Locale;

/** Numbers and tables of Markdown. What is not known is a dash. */
final class Text {
    static final String ABSENT = "-";

    private Text() {}

    /** Three digits or more, without an exponent. */
    static String number(double value) {
        if (Double.isNaN(value)) {
            return ABSENT;
        }
        if (value == 0) {
            return "0";
        }
        double size = Math.abs(value);
        String format = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.4f";
        return String.format(Locale.ROOT, format, value);
    }

    static String withError(double value, double error) {
        return Double.isNaN(error) ? number(value) : number(value) + " ± " + number(error);
    }

    static String percent(double fraction) {
        return Double.isNaN(fraction) || Double.isInfinite(fraction) ? ABSENT : String.format(Locale.ROOT, "%.0f %%", 100 * fraction);
    }

    static String times(double ratio) {
        return Double.isNaN(ratio) ? ABSENT : number(ratio) + "x";
    }

    /** The first columns, as many as {@code words}, are words and the others numbers. */
    static void table(StringBuilder out, int words, List<String> head, List<List<String>> rows) {
        row(out, head);
        out.append('|');
        for (int k = 0; k < head.size(); k++) {
            out.append(k < words ? "---|" : "--:|");
        }
        out.append('\n');
        rows.forEach(cells -> row(out, cells));
        out.append('\n');
    }

    private static void row(StringBuilder out, List<String> cells) {
        out.append('|');
        for (String cell : cells) {
            out.append(' ').append(cell.replace("|", "\\|").replace("\n", " ")).append(" |");
        }
        out.append('\n');
    }
}
