package dev.asof.training.leakage;

import dev.asof.formats.ResultColumn;
import dev.asof.training.DatasetRow;
import dev.asof.training.LeakageThresholds;
import dev.asof.training.leakage.LeakageReport.Check;
import dev.asof.training.leakage.LeakageReport.Finding;
import dev.asof.training.leakage.LeakageReport.Severity;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Features that alone tell the label. */
final class SeparationProbe implements LeakageProbe {

    private final Optional<Separation> separation;
    private final List<ResultColumn> columns;
    private final LeakageThresholds thresholds;

    /** @param label position of the label's column; -1 when the request names none */
    SeparationProbe(DatasetRow.Shape shape, int label, long rows, LeakageThresholds thresholds) {
        this.separation = label < 0 ? Optional.empty() : Optional.of(new Separation(shape, label, rows));
        this.columns = shape.columns();
        this.thresholds = thresholds;
    }

    @Override
    public void add(DatasetRow row) {
        separation.ifPresent(judged -> judged.add(row));
    }

    @Override
    public List<Result> results() {
        if (separation.isEmpty()) {
            return List.of(Result.skipped(Check.GIVES_LABEL_AWAY, "The request names no label_column"));
        }
        var judged = separation.get();
        var reason = judged.reason();
        if (reason.isPresent()) {
            return List.of(Result.skipped(Check.GIVES_LABEL_AWAY, reason.get()));
        }
        var findings = new ArrayList<Finding>();
        judged.results().forEach(result -> finding(result).ifPresent(findings::add));
        return List.of(Result.of(
                Check.GIVES_LABEL_AWAY,
                findings,
                judged.isSample() ? "Judged by %s rows, evenly spread".formatted(judged.judged()) : null));
    }

    private Optional<Finding> finding(Separation.Result result) {
        double warning = result.isAuc() ? thresholds.aucWarning() : thresholds.correlationWarning();
        double critical = result.isAuc() ? thresholds.aucCritical() : thresholds.correlationCritical();
        if (result.value() < Math.min(warning, critical)) {
            return Optional.empty();
        }
        var name = columns.get(result.column()).name();
        return Optional.of(new Finding(
                Check.GIVES_LABEL_AWAY,
                result.value() >= critical ? Severity.CRITICAL : Severity.WARNING,
                name,
                null,
                null,
                null,
                result.value(),
                String.format(
                        Locale.ROOT,
                        "By %s alone, %s tells the label with %s %.4f: look whether it is known at the as-of time",
                        result.how(),
                        name,
                        result.isAuc() ? "an AUC of" : "a correlation of",
                        result.value()),
                List.of()));
    }
}
