package dev.asof.training.leakage;

import dev.asof.registry.FeatureSelection;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.training.Dataset;
import dev.asof.training.DatasetRow;
import dev.asof.training.DatasetSpec;
import dev.asof.training.DatasetVersion;
import dev.asof.training.leakage.LeakageReport.Finding;
import dev.asof.training.leakage.LeakageReport.Severity;
import dev.asof.training.leakage.LeakageReport.Verdict;
import java.time.ZoneId;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Runs all probes over a dataset's rows, in memory that doesn't grow with them, and puts their results together. */
public final class LeakageCheck {

    private final DatasetSpec spec;
    private final List<LeakageProbe> probes;
    private long rows;

    public LeakageCheck(
            Dataset dataset, FeatureSelection selection, RegistrySnapshot snapshot, DatasetRow.Shape shape) {
        this.spec = dataset.spec();
        var label = Optional.ofNullable(spec.label());
        int labelColumn =
                label.map(DatasetSpec.Label::column).map(this::position).orElse(-1);
        int labelTimestamp = label.map(DatasetSpec.Label::timestampColumn)
                .map(this::position)
                .orElse(-1);
        this.probes = List.of(
                new LabelTimingProbe(
                        labelTimestamp, label.map(DatasetSpec.Label::timeZone).map(ZoneId::of)),
                new ProvenanceProbe(
                        selection,
                        snapshot,
                        spec.strict(),
                        spec.knownRule(),
                        label.map(DatasetSpec.Label::sources).orElse(List.of())),
                new SeparationProbe(
                        shape,
                        labelColumn,
                        selection.requestValues().keySet().stream()
                                .map(this::position)
                                .toList(),
                        dataset.rowsTotal(),
                        spec.leakageThresholds()),
                new SplitProbe(shape, labelTimestamp, spec.splits(), spec.leakageThresholds()),
                new LabelTypeProbe(shape, labelColumn));
    }

    private int position(@Nullable String column) {
        return column == null ? -1 : spec.spineColumnNames().indexOf(column);
    }

    public void add(DatasetRow row) {
        rows++;
        probes.forEach(probe -> probe.add(row));
    }

    public LeakageReport report(DatasetVersion version) {
        var results = probes.stream().flatMap(probe -> probe.results().stream()).toList();
        var findings = results.stream()
                .flatMap(result -> result.findings().stream())
                .sorted(Comparator.comparing(Finding::severity))
                .toList();
        return new LeakageReport(
                version.toString(),
                verdict(findings),
                rows,
                spec.strict(),
                spec.known(),
                spec.leakageThresholds(),
                results.stream().map(LeakageProbe.Result::outcome).toList(),
                findings);
    }

    private static Verdict verdict(List<Finding> findings) {
        return switch (findings.isEmpty() ? Severity.INFO : findings.getFirst().severity()) {
            case CRITICAL -> Verdict.LEAKING;
            case WARNING -> Verdict.SUSPICIOUS;
            case INFO -> Verdict.CLEAN;
        };
    }
}
