package dev.asof.training.leakage;

import dev.asof.shared.ValueConversionException;
import dev.asof.training.DatasetRow;
import dev.asof.training.DatasetSpec;
import dev.asof.training.leakage.LeakageReport.Check;
import dev.asof.training.leakage.LeakageReport.Finding;
import dev.asof.training.leakage.LeakageReport.Severity;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/** Rows whose label came about before their as-of time: a model asked then would have known the answer. */
final class LabelTimingProbe implements LeakageProbe {

    private final int labelTimestamp;
    private final Optional<ZoneId> zone;
    private final Examples before = new Examples();
    private long rows;

    LabelTimingProbe(int labelTimestamp, Optional<ZoneId> zone) {
        this.labelTimestamp = labelTimestamp;
        this.zone = zone;
    }

    @Override
    public void add(DatasetRow row) {
        rows++;
        Object value = labelTimestamp < 0 ? null : row.values()[labelTimestamp];
        if (value == null) {
            return;
        }
        Instant time = time(value);
        if (time.isBefore(row.asOf())) {
            before.add(row, "label_timestamp", time);
        }
    }

    private Instant time(Object value) {
        try {
            return DatasetSpec.Label.time(value, zone);
        } catch (ValueConversionException e) {
            throw new IllegalStateException("It was read when the spine was checked", e);
        }
    }

    @Override
    public List<Result> results() {
        if (labelTimestamp < 0) {
            return List.of(Result.skipped(Check.LABEL_BEFORE_AS_OF, "The request names no label_timestamp_column"));
        }
        if (before.count() == 0) {
            return List.of(Result.of(Check.LABEL_BEFORE_AS_OF, List.of(), null));
        }
        var finding = new Finding(
                Check.LABEL_BEFORE_AS_OF,
                Severity.CRITICAL,
                null,
                null,
                before.count(),
                (double) before.count() / rows,
                null,
                "%s rows have a label from before their as-of time: what is to be predicted had happened"
                        .formatted(before.count()),
                before.shown());
        return List.of(Result.of(Check.LABEL_BEFORE_AS_OF, List.of(finding), null));
    }
}
