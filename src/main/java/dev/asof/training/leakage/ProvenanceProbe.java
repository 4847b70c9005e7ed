package dev.asof.training.leakage;

import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureSelection.Origin;
import dev.asof.registry.FeatureSelection.TimestampSource;
import dev.asof.registry.Known;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.training.DatasetRow;
import dev.asof.training.leakage.LeakageReport.Check;
import dev.asof.training.leakage.LeakageReport.Finding;
import dev.asof.training.leakage.LeakageReport.Severity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where values come from in time: rows that became known only after the as-of time, events at the as-of time itself, and
 * features of the label's own source; and features that come from nowhere, as nearly every row has none. An aggregate comes
 * from all rows of its window, and its times are the greatest of theirs; so are an on-demand feature's of its inputs'.
 */
final class ProvenanceProbe implements LeakageProbe {

    /** From where on a feature is as good as not there. */
    private static final double MOSTLY = 0.99;

    private final FeatureSelection selection;
    private final List<TimestampSource> sources;
    /** For each column where the times stand that its values' times are the greatest of. */
    private final int[][] sourcesOf;

    private final RegistrySnapshot snapshot;
    private final boolean strict;
    private final Known known;
    private final Set<String> labelSources;
    private final List<Examples> knownAfter = new ArrayList<>();
    /** For each column the views whose rows became known too late. */
    private final List<SortedSet<Integer>> lateViews = new ArrayList<>();

    private final List<Examples> atAsOf = new ArrayList<>();
    private final long[] present;
    private long rows;

    ProvenanceProbe(
            FeatureSelection selection,
            RegistrySnapshot snapshot,
            boolean strict,
            Known known,
            List<String> labelSources) {
        this.selection = selection;
        this.sources = selection.timestampSources();
        this.sourcesOf = selection.columns().stream()
                .map(column -> selection.sourcesOf(column).stream()
                        .mapToInt(sources::indexOf)
                        .toArray())
                .toArray(int[][]::new);
        this.snapshot = snapshot;
        this.strict = strict;
        this.known = known;
        this.labelSources = Set.copyOf(labelSources);
        this.present = new long[selection.columns().size()];
        selection.columns().forEach(_ -> {
            knownAfter.add(new Examples());
            lateViews.add(new TreeSet<>());
        });
        selection.views().forEach(_ -> atAsOf.add(new Examples()));
    }

    @Override
    public void add(DatasetRow row) {
        rows++;
        Instant asOf = row.asOf();
        addAtAsOf(row, asOf);
        for (int i = 0; i < present.length; i++) {
            Instant event = greatest(row.eventTimestamps(), sourcesOf[i]);
            // Without a row there is nothing behind a value: a count of none is 0.
            boolean isFromRows = sourcesOf[i].length == 0 || event != null;
            if (row.values()[row.shape().firstFeature() + i] == null || !isFromRows) {
                continue;
            }
            present[i]++;
            Instant known = greatest(row.knownTimestamps(), sourcesOf[i]);
            if (event != null && known != null && known.isAfter(asOf)) {
                knownAfter.get(i).add(row, "event_timestamp", event, "known_timestamp", known);
                addLateViews(row, asOf, i);
            }
        }
    }

    private static @Nullable Instant greatest(@Nullable Instant[] times, int[] of) {
        Instant greatest = null;
        for (int i : of) {
            Instant time = times[i];
            if (time != null && (greatest == null || time.isAfter(greatest))) {
                greatest = time;
            }
        }
        return greatest;
    }

    private void addLateViews(DatasetRow row, Instant asOf, int column) {
        for (int i : sourcesOf[column]) {
            Instant known = row.knownTimestamps()[i];
            if (known != null && known.isAfter(asOf)) {
                lateViews.get(column).add(sources.get(i).view());
            }
        }
    }

    /** Each row once a view, whether its row is from then or the newest of a window is. */
    private void addAtAsOf(DatasetRow row, Instant asOf) {
        int counted = -1;
        for (int view = 0; view < atAsOf.size(); view++) {
            for (int i = 0; i < sources.size() && counted < view; i++) {
                if (sources.get(i).view() == view && asOf.equals(row.eventTimestamps()[i])) {
                    atAsOf.get(view).add(row);
                    counted = view;
                }
            }
        }
    }

    @Override
    public List<Result> results() {
        return List.of(
                Result.of(Check.KNOWN_AFTER_AS_OF, knownAfterFindings(), null),
                Result.of(Check.EVENT_AT_AS_OF, atAsOfFindings(), null),
                labelSourceResult(),
                Result.of(Check.MOSTLY_NULL, mostlyNullFindings(), null));
    }

    private List<Finding> mostlyNullFindings() {
        var findings = new ArrayList<Finding>();
        for (int i = 0; i < present.length; i++) {
            long nulls = rows - present[i];
            if (rows > 0 && nulls >= MOSTLY * rows) {
                var column = selection.columns().get(i);
                findings.add(new Finding(
                        Check.MOSTLY_NULL,
                        Severity.WARNING,
                        column.name(),
                        null,
                        nulls,
                        (double) nulls / rows,
                        null,
                        "%s is %s in %s of %s rows: %s"
                                .formatted(
                                        column.name(),
                                        isWindowed(i) ? "null or of an empty window" : "null",
                                        nulls,
                                        rows,
                                        whyNull(i)),
                        List.of()));
            }
        }
        return findings;
    }

    private boolean isWindowed(int column) {
        return Arrays.stream(sourcesOf[column])
                .mapToObj(sources::get)
                .anyMatch(source -> source instanceof TimestampSource.Windowed);
    }

    private String whyNull(int column) {
        var byAcceptance = switch (known) {
            case Known.Latest() -> Optional.<RegisteredView>empty();
            case Known.AsRecorded() -> undeclared(column);
            case Known.At(var _) -> undeclared(column);
        };
        if (byAcceptance.isPresent()) {
            return "known counts rows from when they were accepted, and a history that was loaded afterwards from no"
                    + " earlier; %s".formatted(declareKnownTime(byAcceptance.get()));
        }
        return switch (selection.columns().get(column).origin()) {
            case Origin.OfView from ->
                "look whether its keys and times are those of source '%s', and its %s is long enough"
                        .formatted(view(from.view()).source(), isWindowed(column) ? "window" : "ttl");
            case Origin.Computed _ ->
                "its expression is null where what it reads is, and where it fails, which the manifest counts";
        };
    }

    /** One of the views behind a column whose source doesn't say when its rows became known. */
    private Optional<RegisteredView> undeclared(int column) {
        return Arrays.stream(sourcesOf[column])
                .mapToObj(source -> view(sources.get(source).view()))
                .filter(view -> !isKnownTimeDeclared(view))
                .findFirst();
    }

    private static String declareKnownTime(RegisteredView view) {
        return "declare known_after or known_timestamp in source '%s'".formatted(view.source());
    }

    private List<Finding> knownAfterFindings() {
        var findings = new ArrayList<Finding>();
        for (int i = 0; i < present.length; i++) {
            var examples = knownAfter.get(i);
            if (examples.count() > 0) {
                var column = selection.columns().get(i);
                var late = lateViews.get(i).stream().map(this::view).toList();
                boolean isDeclared = late.stream().anyMatch(this::isKnownTimeDeclared);
                findings.add(new Finding(
                        Check.KNOWN_AFTER_AS_OF,
                        isDeclared ? Severity.CRITICAL : Severity.WARNING,
                        column.name(),
                        null,
                        examples.count(),
                        (double) examples.count() / present[i],
                        null,
                        "%s of %s values became known only after the as-of time%s"
                                .formatted(examples.count(), present[i], advice(late.getFirst(), isDeclared)),
                        examples.shown()));
            }
        }
        return findings;
    }

    private static String advice(RegisteredView view, boolean isDeclared) {
        return isDeclared
                ? "; ask for known: as_recorded"
                : ", going by when their rows were accepted; if the history was loaded afterwards, %s, as known:"
                                .formatted(declareKnownTime(view))
                        + " as_recorded would find none of it";
    }

    /** Without it the time of acceptance counts, which a history loaded at once makes late for all. */
    private boolean isKnownTimeDeclared(RegisteredView view) {
        var source = snapshot.source(view.source()).definition();
        return source.knownTimestamp().isPresent() || source.knownAfter().isPresent();
    }

    private List<Finding> atAsOfFindings() {
        var findings = new ArrayList<Finding>();
        for (int i = 0; i < atAsOf.size(); i++) {
            var examples = atAsOf.get(i);
            if (examples.count() > 0) {
                findings.add(new Finding(
                        Check.EVENT_AT_AS_OF,
                        Severity.WARNING,
                        columnsOf(i),
                        null,
                        examples.count(),
                        (double) examples.count() / rows,
                        null,
                        "%s rows have features of %s from an event exactly at their as-of time; strict leaves these out"
                                .formatted(examples.count(), view(i).version()),
                        examples.shown()));
            }
        }
        return findings;
    }

    private Result labelSourceResult() {
        if (labelSources.isEmpty()) {
            return Result.skipped(
                    Check.LABEL_SOURCE_NOT_STRICT, "Where the labels come from is not known: name it in label_source");
        }
        var findings = new ArrayList<Finding>();
        for (int i = 0; i < atAsOf.size(); i++) {
            String source = view(i).source().value();
            if (!strict && labelSources.contains(source) && reachesAsOf(i)) {
                long count = atAsOf.get(i).count();
                findings.add(new Finding(
                        Check.LABEL_SOURCE_NOT_STRICT,
                        count > 0 ? Severity.CRITICAL : Severity.WARNING,
                        columnsOf(i),
                        null,
                        count,
                        (double) count / rows,
                        null,
                        "%s is computed from '%s', where the labels come from too, without strict: %s"
                                .formatted(
                                        view(i).version(),
                                        source,
                                        count > 0
                                                ? "%s rows may see their own label".formatted(count)
                                                : "no row has an event at its as-of time now, but one may"),
                        atAsOf.get(i).shown()));
            }
        }
        return Result.of(Check.LABEL_SOURCE_NOT_STRICT, findings, null);
    }

    /** Whether any of a view's columns may come from an event at the as-of time; windows that ended before don't. */
    private boolean reachesAsOf(int view) {
        return sources.stream().filter(source -> source.view() == view).anyMatch(source -> switch (source) {
            case TimestampSource.Row _ -> true;
            case TimestampSource.Windowed(int _, var window) -> window.hasHead();
        });
    }

    /** The columns with values of a view, as one pattern where they have one name; of what is only read, those computed from it. */
    private String columnsOf(int view) {
        boolean isAnswered = selection.columns().stream().anyMatch(column -> switch (column.origin()) {
            case Origin.OfView from -> from.view() == view;
            case Origin.Computed _ -> false;
        });
        if (isAnswered) {
            return selection.views().get(view).alias() + "__*";
        }
        return selection.columns().stream()
                .filter(column -> selection.readBy(column.origin()).stream().anyMatch(from -> from.view() == view))
                .map(FeatureSelection.Column::name)
                .collect(Collectors.joining(", "));
    }

    private RegisteredView view(int index) {
        return selection.views().get(index).view();
    }
}
