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
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Features, and values that requests bring, that alone tell the label or are it. */
final class SeparationProbe implements LeakageProbe {

    /** By fewer rows that are the same as the label nothing is certain. */
    private static final int SURE_ROWS = 10;

    private final int label;
    private final boolean isLabelRequested;
    private final Separation separation;
    private final LabelCopies copies;
    private final List<ResultColumn> columns;
    private final LeakageThresholds thresholds;

    /**
     * @param label position of the label's column; -1 when the request names none
     * @param requestValues positions of the spine columns that on-demand features are computed from
     */
    SeparationProbe(
            DatasetRow.Shape shape, int label, List<Integer> requestValues, long rows, LeakageThresholds thresholds) {
        this.label = label;
        this.isLabelRequested = requestValues.contains(label);
        int[] judged = IntStream.concat(
                        requestValues.stream().mapToInt(Integer::intValue).filter(i -> i != label && i != shape.asOf()),
                        IntStream.range(shape.firstFeature(), shape.columns().size()))
                .toArray();
        this.separation = new Separation(shape, Math.max(0, label), judged, label < 0 ? 0 : rows);
        this.copies = new LabelCopies(shape, Math.max(0, label), judged);
        this.columns = shape.columns();
        this.thresholds = thresholds;
    }

    @Override
    public void add(DatasetRow row) {
        if (label >= 0) {
            separation.add(row);
            copies.add(row);
        }
    }

    @Override
    public List<Result> results() {
        if (label < 0) {
            return List.of(Result.skipped(Check.GIVES_LABEL_AWAY, "The request names no label_column"));
        }
        var findings = new ArrayList<Finding>();
        if (isLabelRequested) {
            findings.add(isLabel());
        }
        separation.results().forEach(result -> finding(result).ifPresent(findings::add));
        copies.found().stream()
                .map(this::isSame)
                .filter(same -> isNew(same, findings))
                .toList()
                .forEach(findings::add);
        var reason = separation.reason();
        if (reason.isPresent() && findings.isEmpty()) {
            return List.of(Result.skipped(Check.GIVES_LABEL_AWAY, reason.get()));
        }
        return List.of(Result.of(Check.GIVES_LABEL_AWAY, findings, reason.orElseGet(this::limits)));
    }

    private static boolean isNew(Finding finding, List<Finding> findings) {
        return findings.stream().noneMatch(other -> Objects.equals(other.feature(), finding.feature()));
    }

    private @Nullable String limits() {
        return separation.isSample() ? "Judged by %s rows, evenly spread".formatted(separation.rowsJudged()) : null;
    }

    private Finding isLabel() {
        var name = columns.get(label).name();
        return new Finding(
                Check.GIVES_LABEL_AWAY,
                Severity.CRITICAL,
                name,
                null,
                null,
                null,
                null,
                "%s is the label, and a request value that on-demand features are computed from: a lookup can't know it"
                        .formatted(name),
                List.of());
    }

    private Finding isSame(int column) {
        var name = columns.get(column).name();
        return new Finding(
                Check.GIVES_LABEL_AWAY,
                copies.rows() < SURE_ROWS ? Severity.WARNING : Severity.CRITICAL,
                name,
                null,
                copies.rows(),
                1.0,
                null,
                "%s is the same as the label in each of %s rows: look whether it is known at the as-of time"
                        .formatted(name, copies.rows()),
                List.of());
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
