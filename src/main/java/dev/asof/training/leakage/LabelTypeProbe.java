package dev.asof.training.leakage;

import dev.asof.formats.ResultColumn;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueConversionException;
import dev.asof.shared.ValueConverter;
import dev.asof.training.DatasetRow;
import dev.asof.training.leakage.LeakageReport.Check;
import dev.asof.training.leakage.LeakageReport.Finding;
import dev.asof.training.leakage.LeakageReport.Severity;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether a label is text though it has numbers, because one of its values isn't written as numbers are. */
final class LabelTypeProbe implements LeakageProbe {

    private static final ValueConverter.Options ANY_NUMBER = new ValueConverter.Options(Optional.empty(), false, true);

    private final int label;
    private final boolean isText;
    private final Examples texts = new Examples();
    private long numbers;
    private long values;
    private @Nullable String firstText;

    /** @param label position of the label's column; -1 when the request names none */
    LabelTypeProbe(DatasetRow.Shape shape, int label) {
        this.label = label;
        var column = label < 0
                ? Optional.<ResultColumn>empty()
                : Optional.of(shape.columns().get(label));
        this.isText = column.filter(
                        of -> of.type() == ScalarType.STRING && of.form().isEmpty())
                .isPresent();
    }

    @Override
    public void add(DatasetRow row) {
        if (!isText || !(row.values()[label] instanceof String text)) {
            return;
        }
        values++;
        if (isNumber(text)) {
            numbers++;
        } else {
            texts.add(row);
            firstText = firstText == null ? text : firstText;
        }
    }

    private static boolean isNumber(String text) {
        try {
            return ValueConverter.convert(text, ScalarType.FLOAT64, ANY_NUMBER) instanceof Double;
        } catch (ValueConversionException e) {
            return false;
        }
    }

    @Override
    public List<Result> results() {
        if (label < 0) {
            return List.of(Result.skipped(Check.LABEL_IS_TEXT, "The request names no label_column"));
        }
        return List.of(Result.of(Check.LABEL_IS_TEXT, numbers == 0 ? List.of() : List.of(finding()), null));
    }

    private Finding finding() {
        return new Finding(
                Check.LABEL_IS_TEXT,
                Severity.INFO,
                null,
                null,
                numbers,
                (double) numbers / values,
                null,
                "The label is text, though %s of its %s values are numbers: %s; say in types that it is FLOAT64 or INT64"
                        .formatted(
                                numbers,
                                values,
                                firstText == null
                                        ? "some are not written as their number would be, such as 1.10 or 007"
                                        : "others, such as '%s', are not".formatted(shortened(firstText))),
                texts.shown());
    }

    private static String shortened(String text) {
        return text.length() > 40 ? text.substring(0, text.offsetByCodePoints(0, 20)) + "…" : text;
    }
}
