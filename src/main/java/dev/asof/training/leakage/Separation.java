package dev.asof.training.leakage;

import dev.asof.formats.ColumnForm;
import dev.asof.formats.ResultColumn;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import dev.asof.training.DatasetRow;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How well each feature, and each value that a request brings, alone tells the label: the exact AUC by ranks (Mann and Whitney, ties counting half) where the
 * label has two values, else Pearson's correlation. Text of few values is judged by the mean label of each.
 */
final class Separation {

    /** How many values are held; of larger datasets every n-th row is judged. */
    private static final long MAX_VALUES = 8_000_000;

    private static final int MAX_CATEGORIES = 100;
    private static final int ROWS_A_CATEGORY = 20;

    /** Fewer of a label's value say nothing. */
    private static final int MIN_ROWS = 10;

    /** What was found of a feature: {@code value} is an AUC of at least one half, or a correlation without its sign. */
    record Result(int column, boolean isAuc, double value, String how) {}

    private final List<ResultColumn> columns;
    private final int label;
    private final int[] judged;
    private final long stride;
    private final double[][] values;
    private final Map<Integer, Map<String, Integer>> categories = new HashMap<>();
    private int rows;

    /**
     * @param label position of the label's column
     * @param judged positions of the others that may tell it
     */
    Separation(DatasetRow.Shape shape, int label, int[] judged, long rows) {
        this.columns = shape.columns();
        this.label = label;
        this.judged = judged;
        int held = judged.length + 1;
        this.stride = Math.max(1, Math.ceilDiv(rows * held, MAX_VALUES));
        int kept = (int) Math.ceilDiv(rows, stride);
        this.values = new double[held][];
        values[0] = new double[kept];
        for (int i = 1; i < held; i++) {
            values[i] = isJudged(columns.get(judged[i - 1]).type()) ? new double[kept] : new double[0];
        }
    }

    /** How many rows were judged. */
    long rowsJudged() {
        return rows;
    }

    boolean isSample() {
        return stride > 1;
    }

    void add(DatasetRow row) {
        if ((row.ordinal() - 1) % stride != 0 || rows == values[0].length) {
            return;
        }
        values[0][rows] = number(label, row.values()[label]);
        for (int i = 1; i < values.length; i++) {
            if (values[i].length > 0) {
                int column = judged[i - 1];
                values[i][rows] = number(column, row.values()[column]);
            }
        }
        rows++;
    }

    private static boolean isJudged(ValueType type) {
        return type instanceof ScalarType && type != ScalarType.BYTES;
    }

    /** NaN stands for null, and for NaN itself, which has no rank. */
    private double number(int column, @Nullable Object value) {
        return switch (value) {
            case null -> Double.NaN;
            case Boolean bool -> bool ? 1 : 0;
            case Number number -> number.doubleValue();
            case Instant time -> Timestamps.toMicros(time);
            case String text when isDecimal(column) -> Double.parseDouble(text);
            case String text -> category(column, text);
            default -> Double.NaN;
        };
    }

    private boolean isDecimal(int column) {
        return columns.get(column)
                .form()
                .filter(ColumnForm.Decimal.class::isInstance)
                .isPresent();
    }

    private double category(int column, String text) {
        var known = categories.computeIfAbsent(column, _ -> new HashMap<>());
        if (known.size() > MAX_CATEGORIES && !known.containsKey(text)) {
            return Double.NaN;
        }
        return known.computeIfAbsent(text, _ -> known.size());
    }

    /** Empty when the label can't be judged; the reason is then {@link #reason}. */
    List<Result> results() {
        var kind = kind();
        if (kind.isEmpty()) {
            return List.of();
        }
        double[] labels = kind.get() == Kind.BINARY ? binary() : Arrays.copyOf(values[0], rows);
        return java.util.stream.IntStream.range(1, values.length)
                .mapToObj(i -> result(i, labels, kind.get()))
                .flatMap(Optional::stream)
                .toList();
    }

    /** Why nothing is judged; empty when something is. */
    Optional<String> reason() {
        return kind().isPresent()
                ? Optional.empty()
                : Optional.of("The label is neither a number nor of two values with at least %s rows each"
                        .formatted(MIN_ROWS));
    }

    private enum Kind {
        BINARY,
        NUMERIC
    }

    private Optional<Kind> kind() {
        double[] distinct = Arrays.stream(values[0], 0, rows)
                .filter(value -> !Double.isNaN(value))
                .distinct()
                .limit(3)
                .toArray();
        if (distinct.length == 2) {
            long first = Arrays.stream(values[0], 0, rows)
                    .filter(value -> value == distinct[0])
                    .count();
            long second = Arrays.stream(values[0], 0, rows)
                    .filter(value -> value == distinct[1])
                    .count();
            return first >= MIN_ROWS && second >= MIN_ROWS ? Optional.of(Kind.BINARY) : Optional.empty();
        }
        boolean isNumber = isDecimal(label)
                || columns.get(label).type() instanceof ScalarType type
                        && switch (type) {
                            case INT32, INT64, FLOAT32, FLOAT64 -> true;
                            case BOOLEAN, STRING, BYTES, TIMESTAMP -> false;
                        };
        return distinct.length > 2 && isNumber && rows >= MIN_ROWS ? Optional.of(Kind.NUMERIC) : Optional.empty();
    }

    /** The label's two values as 0 and 1, the greater one 1. */
    private double[] binary() {
        double greatest = Arrays.stream(values[0], 0, rows)
                .filter(value -> !Double.isNaN(value))
                .max()
                .orElse(1);
        return Arrays.stream(values[0], 0, rows)
                .map(value -> Double.isNaN(value) ? value : value == greatest ? 1 : 0)
                .toArray();
    }

    private Optional<Result> result(int index, double[] labels, Kind kind) {
        if (values[index].length == 0) {
            return Optional.empty();
        }
        int column = judged[index - 1];
        double[] feature = Arrays.copyOf(values[index], rows);
        if (columns.get(column).type() == ScalarType.STRING) {
            int known = categories.getOrDefault(column, Map.of()).size();
            if (known > MAX_CATEGORIES || rows < known * ROWS_A_CATEGORY) {
                return Optional.empty();
            }
            feature = meanLabels(feature, labels, known);
        }
        double byValue = kind == Kind.BINARY ? folded(auc(feature, labels)) : Math.abs(correlation(feature, labels));
        double byNull = kind == Kind.BINARY ? folded(auc(nulls(feature), labels)) : 0;
        boolean isNull = Double.isNaN(byValue) || byNull > byValue;
        double best = isNull ? byNull : byValue;
        return Double.isNaN(best)
                ? Optional.empty()
                : Optional.of(
                        new Result(column, kind == Kind.BINARY, best, isNull ? "whether it is null" : "its value"));
    }

    private static double[] nulls(double[] feature) {
        return Arrays.stream(feature).map(value -> Double.isNaN(value) ? 1 : 0).toArray();
    }

    private static double[] meanLabels(double[] feature, double[] labels, int known) {
        double[] sums = new double[known];
        long[] counts = new long[known];
        for (int i = 0; i < feature.length; i++) {
            if (!Double.isNaN(feature[i]) && !Double.isNaN(labels[i])) {
                sums[(int) feature[i]] += labels[i];
                counts[(int) feature[i]]++;
            }
        }
        double[] means = new double[feature.length];
        for (int i = 0; i < means.length; i++) {
            int category = (int) feature[i];
            means[i] =
                    Double.isNaN(feature[i]) || counts[category] == 0 ? Double.NaN : sums[category] / counts[category];
        }
        return means;
    }

    private static double folded(double auc) {
        return Math.max(auc, 1 - auc);
    }

    /** The chance that a positive's value is greater than a negative's, ties counting half; NaN when there is none. */
    static double auc(double[] feature, double[] labels) {
        double[] positives = valuesOf(feature, labels, 1);
        double[] negatives = valuesOf(feature, labels, 0);
        if (positives.length < MIN_ROWS || negatives.length < MIN_ROWS) {
            return Double.NaN;
        }
        double wins = 0;
        int below = 0;
        int notAbove = 0;
        for (double positive : positives) {
            while (below < negatives.length && negatives[below] < positive) {
                below++;
            }
            notAbove = Math.max(notAbove, below);
            while (notAbove < negatives.length && negatives[notAbove] == positive) {
                notAbove++;
            }
            wins += below + (notAbove - below) / 2.0;
        }
        return wins / positives.length / negatives.length;
    }

    /** Sorted, without NaN; adding zero makes the negative zero equal to the other, as it is for everyone else. */
    private static double[] valuesOf(double[] feature, double[] labels, double label) {
        return java.util.stream.IntStream.range(0, feature.length)
                .filter(i -> labels[i] == label && !Double.isNaN(feature[i]))
                .mapToDouble(i -> feature[i] + 0.0)
                .sorted()
                .toArray();
    }

    /** Pearson's correlation of the pairs that are finite; NaN where one of the two is constant. */
    static double correlation(double[] feature, double[] labels) {
        long count = 0;
        double meanX = 0;
        double meanY = 0;
        double xx = 0;
        double yy = 0;
        double xy = 0;
        for (int i = 0; i < feature.length; i++) {
            if (!Double.isFinite(feature[i]) || !Double.isFinite(labels[i])) {
                continue;
            }
            count++;
            double dx = feature[i] - meanX;
            double dy = labels[i] - meanY;
            meanX += dx / count;
            meanY += dy / count;
            xx += dx * (feature[i] - meanX);
            yy += dy * (labels[i] - meanY);
            xy += dx * (labels[i] - meanY);
        }
        return count < MIN_ROWS || xx == 0 || yy == 0 ? Double.NaN : xy / Math.sqrt(xx * yy);
    }
}
