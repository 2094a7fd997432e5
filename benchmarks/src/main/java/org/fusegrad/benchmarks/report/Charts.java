package org.fusegrad.benchmarks.report;

import de.erichseifert.vectorgraphics2d.Processors;
import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.fusegrad.benchmarks.Implementations;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The charts of the report, as SVG. */
final class Charts {
    private static final int WIDTH = 1000;
    private static final int HEIGHT = 600;

    /** Told apart by people who do not see all colours, after Okabe and Ito, and darker ones of the same for more; Fusegrad is the first. */
    private static final Color[] COLORS = {
        new Color(0xd55e00), new Color(0x0072b2), new Color(0x000000), new Color(0x999999), new Color(0x009e73), new Color(0xcc79a7), new Color(0x56b4e9),
        new Color(0xe69f00), new Color(0x8c5a00), new Color(0x5b2a86), new Color(0x004d40), new Color(0x7a1f3d),
    };

    private static final Marker[] MARKERS = {
        SeriesMarkers.CIRCLE, SeriesMarkers.SQUARE, SeriesMarkers.DIAMOND, SeriesMarkers.TRIANGLE_UP, SeriesMarkers.TRIANGLE_DOWN, SeriesMarkers.CROSS,
    };

    /** One value of a result, NaN where it has none. */
    private interface Value {
        double of(Result result, Map<String, Result> row);
    }

    private Charts() {}

    /** Writes all charts that the results suffice for; returns the names of the files. */
    static List<String> write(Measurements measurements, Path directory) throws IOException {
        System.setProperty("java.awt.headless", "true");
        List<String> files = new ArrayList<>();
        Map<Case, Map<String, Result>> cases = measurements.byCase(1);
        for (Workload workload : cases.keySet().stream().map(Case::workload).distinct().toList()) {
            Map<Case, Map<String, Result>> sizes = new LinkedHashMap<>();
            cases.forEach((what, row) -> {
                if (what.workload().equals(workload) && !Double.isNaN(what.elements())) {
                    sizes.put(what, row);
                }
            });
            if (sizes.size() < 2) {
                continue; // a point is no line
            }
            draw(chart("ns per element: " + workload.title(), "elements of the largest input", "ns per element"), sizes, (result, row) -> result.nsPerElement(),
                    directory, "ns-per-element-" + workload.id() + ".svg", files);
            XYChart ratios = chart("Time divided by Fusegrad's: " + workload.title(), "elements of the largest input", "times Fusegrad's time");
            draw(ratios, sizes, (result, row) -> row.containsKey(Implementations.FUSEGRAD) ? result.ns() / row.get(Implementations.FUSEGRAD).ns() : Double.NaN,
                    directory, "ratio-" + workload.id() + ".svg", files);
        }
        fractions(measurements, cases, directory, files);
        return files;
    }

    /** Of Fusegrad alone, a line for each workload. */
    private static void fractions(Measurements measurements, Map<Case, Map<String, Result>> cases, Path directory, List<String> files) throws IOException {
        XYChart chart = chart("Fusegrad: fraction of the memory ceiling", "bytes that a step must move", "fraction of the bandwidth of a read or triad");
        Ceilings ceilings = measurements.ceilings();
        Map<String, List<double[]>> lines = new LinkedHashMap<>();
        cases.forEach((what, row) -> {
            Result own = row.get(Implementations.FUSEGRAD);
            if (own != null && ceilings.fraction(own) > 0) {
                lines.computeIfAbsent(what.workload().title(), title -> new ArrayList<>()).add(new double[] {what.bytes(), ceilings.fraction(own)});
            }
        });
        lines.values().removeIf(points -> points.size() < 2);
        if (lines.isEmpty()) {
            return;
        }
        chart.getStyler().setYAxisLogarithmic(false);
        chart.getStyler().setYAxisMin(0.0);
        int k = 0;
        for (Map.Entry<String, List<double[]>> line : lines.entrySet()) {
            add(chart, line.getKey(), line.getValue(), k++, 2);
        }
        save(chart, directory, "memory-ceiling.svg", files);
    }

    private static void draw(
            XYChart chart, Map<Case, Map<String, Result>> sizes, Value value, Path directory, String file, List<String> files) throws IOException {
        TreeSet<String> names = new TreeSet<>();
        DoubleSummaryStatistics range = new DoubleSummaryStatistics();
        sizes.values().forEach(row -> names.addAll(row.keySet()));
        int k = 0;
        for (String name : Names.sorted(names)) {
            List<double[]> points = new ArrayList<>();
            sizes.forEach((what, row) -> {
                double y = row.containsKey(name) ? value.of(row.get(name), row) : Double.NaN;
                if (y > 0) { // so not NaN either
                    points.add(new double[] {what.elements(), y});
                    range.accept(y);
                }
            });
            if (!points.isEmpty()) {
                add(chart, Names.displayed(name), points, k++, Names.isOurs(name) ? 4 : 2);
            }
        }
        if (k > 1) {
            // whole decades, which are what the axis labels
            chart.getStyler().setYAxisMin(Math.pow(10, Math.floor(Math.log10(range.getMin()))));
            chart.getStyler().setYAxisMax(Math.pow(10, Math.ceil(Math.log10(range.getMax()))));
            save(chart, directory, file, files);
        }
    }

    private static XYChart chart(String title, String x, String y) {
        XYChart chart = new XYChartBuilder().width(WIDTH).height(HEIGHT).title(title).xAxisTitle(x).yAxisTitle(y).build();
        chart.getStyler().setXAxisLogarithmic(true);
        chart.getStyler().setYAxisLogarithmic(true);
        chart.getStyler().setXAxisTickLabelsFormattingFunction(Charts::label);
        chart.getStyler().setYAxisTickLabelsFormattingFunction(Charts::label);
        chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
        chart.getStyler().setLegendBorderColor(Color.WHITE);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setPlotBorderVisible(false);
        chart.getStyler().setPlotGridLinesColor(new Color(0xe4e4e4));
        chart.getStyler().setPlotGridLinesStroke(new BasicStroke(0.5f)); // dashes would be thousands of shapes in the file
        chart.getStyler().setChartTitleBoxVisible(false);
        chart.getStyler().setMarkerSize(9);
        Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 14);
        chart.getStyler().setLegendFont(font);
        chart.getStyler().setAxisTitleFont(font);
        chart.getStyler().setAxisTickLabelsFont(font);
        chart.getStyler().setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 16));
        return chart;
    }

    /** 0.1, 1, 10k, 1M. */
    static String label(double value) {
        String[] units = {"", "k", "M", "G", "T"};
        int unit = 0;
        double shown = value;
        while (shown >= 999.5 && unit < units.length - 1) {
            shown /= 1000;
            unit++;
        }
        return new BigDecimal(shown).round(new MathContext(3)).stripTrailingZeros().toPlainString() + units[unit];
    }

    private static void add(XYChart chart, String name, List<double[]> points, int k, float width) {
        XYSeries series = chart.addSeries(name, points.stream().mapToDouble(point -> point[0]).toArray(), points.stream().mapToDouble(point -> point[1]).toArray());
        series.setLineColor(COLORS[k % COLORS.length]);
        series.setMarkerColor(COLORS[k % COLORS.length]);
        series.setMarker(MARKERS[k % MARKERS.length]);
        // solid for the first, then dashed: a second sign beside the colour
        series.setLineStyle(k < MARKERS.length
                ? new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND)
                : new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND, 10, new float[] {8, 6}, 0));
    }

    private static void save(XYChart chart, Path directory, String file, List<String> files) throws IOException {
        ByteArrayOutputStream svg = new ByteArrayOutputStream();
        VectorGraphics2D graphics = new VectorGraphics2D();
        chart.paint(graphics, WIDTH, HEIGHT);
        Processors.get("svg").getDocument(graphics.getCommands(), new PageSize(0, 0, WIDTH, HEIGHT)).writeTo(svg);
        WholeFile.write(directory.resolve(file), svg.toString(StandardCharsets.UTF_8));
        files.add(file);
    }
}
