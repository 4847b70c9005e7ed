package dev.asof.training.leakage;

import dev.asof.formats.ColumnForm;
import dev.asof.formats.ResultColumn;
import dev.asof.training.DatasetRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which columns have the label's value in every row that has a label. That is told of labels of any type and of any
 * number of values, where {@link Separation} is silent.
 */
final class LabelCopies {

    private final List<ResultColumn> columns;
    private final int label;
    private final int[] judged;
    private final boolean[] same;
    private @Nullable Object first;
    private boolean differs;
    private long rows;

    /** @param judged positions of columns, without the label's */
    LabelCopies(DatasetRow.Shape shape, int label, int[] judged) {
        this.columns = shape.columns();
        this.label = label;
        this.judged = judged;
        this.same = new boolean[judged.length];
        Arrays.fill(same, true);
    }

    void add(DatasetRow row) {
        Object of = row.values()[label];
        if (of == null) {
            return;
        }
        rows++;
        first = first == null ? of : first;
        differs |= !first.equals(of);
        for (int i = 0; i < judged.length; i++) {
            same[i] = same[i] && isSame(of, row.values()[judged[i]], judged[i]);
        }
    }

    private boolean isSame(Object of, @Nullable Object value, int column) {
        if (value == null || of.equals(value)) {
            return value != null;
        }
        double one = number(of, label);
        double other = number(value, column);
        boolean isSingle = of instanceof Float || value instanceof Float;
        return one == other || isSingle && (float) one == (float) other;
    }

    private double number(Object value, int column) {
        return switch (value) {
            case Boolean bool -> bool ? 1 : 0;
            case Number number -> number.doubleValue();
            case String text when isDecimal(column) -> Double.parseDouble(text);
            default -> Double.NaN;
        };
    }

    private boolean isDecimal(int column) {
        return columns.get(column)
                .form()
                .filter(ColumnForm.Decimal.class::isInstance)
                .isPresent();
    }

    /** How many rows have a label. */
    long rows() {
        return rows;
    }

    /** Their positions; none while all labels are alike. */
    List<Integer> found() {
        var found = new ArrayList<Integer>();
        for (int i = 0; differs && i < judged.length; i++) {
            if (same[i]) {
                found.add(judged[i]);
            }
        }
        return found;
    }
}
