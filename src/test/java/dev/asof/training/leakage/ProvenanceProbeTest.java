package dev.asof.training.leakage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.formats.ResultColumn;
import dev.asof.registry.FeatureDefinition;
import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.Known;
import dev.asof.registry.Metadata;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.TrainingDefaults;
import dev.asof.registry.VersionState;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ScalarType;
import dev.asof.shared.SourceName;
import dev.asof.shared.ViewVersion;
import dev.asof.training.DatasetRow;
import dev.asof.training.TestRegistry;
import dev.asof.training.leakage.LeakageReport.Check;
import dev.asof.training.leakage.LeakageReport.Finding;
import dev.asof.training.leakage.LeakageReport.Severity;
import dev.asof.transform.window.AggregateFunction;
import dev.asof.transform.window.Window;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Aggregates beside a column: {@code seen__last}, of a row, {@code seen__count_1h} and {@code seen__before_1h}, of windows. */
class ProvenanceProbeTest {

    private static final Instant AS_OF = Instant.parse("2026-01-01T12:00:00Z");
    private static final Instant EARLIER = AS_OF.minusSeconds(60);
    private static final Instant LATER = AS_OF.plusSeconds(60);
    private static final long HOUR = 3_600_000_000L;
    private static final long MINUTE = 60_000_000L;

    /** The times behind a value; null for an empty window. */
    private record Times(@Nullable Instant event, @Nullable Instant known) {}

    private static final Times NONE = new Times(null, null);

    private static FeatureDefinition count(String name, Window window) {
        return new AggregateFeature(
                name,
                AggregateFunction.COUNT,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                window,
                OptionalInt.empty(),
                OptionalDouble.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static FeatureSelection selection(FeatureDefinition... features) {
        var name = new FeatureViewName("seen");
        var definition = new FeatureViewDefinition(
                name, List.of(), new SourceName("labels"), Optional.empty(), List.of(features), 1, Metadata.NONE);
        var view = new RegisteredView(
                1,
                new ViewVersion(name, 1),
                VersionState.READY,
                "00",
                1,
                false,
                List.of(new RegisteredView.Key("origin", ScalarType.STRING, "origin")),
                IntStream.range(0, features.length)
                        .mapToObj(i -> new RegisteredView.Feature(features[i].name(), ScalarType.INT64, features[i]))
                        .toList(),
                definition,
                Instant.EPOCH);
        var views = List.of(new FeatureSelection.View(view, "seen", List.of("origin")));
        return new FeatureSelection(
                Optional.empty(),
                views,
                IntStream.range(0, features.length)
                        .mapToObj(i -> FeatureSelection.Column.stored(views, 0, features[i].name()))
                        .toList(),
                TrainingDefaults.NONE);
    }

    private static final FeatureDefinition LAST =
            new FeatureDefinition.ColumnFeature("last", "label", Optional.empty());
    private static final FeatureDefinition COUNT = count("count_1h", Window.of(HOUR, MINUTE));
    private static final FeatureDefinition BEFORE = count("before_1h", new Window(HOUR, MINUTE, HOUR, 1));

    /** @param times for each feature, of a row whose values are all 1, or 0 without times */
    private static List<Finding> findings(boolean strict, List<FeatureDefinition> features, Times... times) {
        var selection = selection(features.toArray(FeatureDefinition[]::new));
        var columns = new ArrayList<ResultColumn>();
        columns.add(new ResultColumn("as_of", ScalarType.TIMESTAMP));
        selection.columns().forEach(column -> columns.add(new ResultColumn(column.name(), column.type())));
        var shape = new DatasetRow.Shape(columns, 0, List.of(), 1);
        var probe = new ProvenanceProbe(selection, new TestRegistry(), strict, new Known.Latest(), List.of("labels"));
        var values = new @Nullable Object[columns.size()];
        values[0] = AS_OF;
        for (int i = 0; i < times.length; i++) {
            values[i + 1] = times[i].event() == null ? 0L : 1L;
        }
        probe.add(new DatasetRow(
                shape,
                1,
                values,
                List.of(times).stream().map(Times::event).toArray(Instant[]::new),
                List.of(times).stream().map(Times::known).toArray(Instant[]::new)));
        return probe.results().stream()
                .flatMap(result -> result.findings().stream())
                .toList();
    }

    private static List<String> of(Check check, List<Finding> findings) {
        return findings.stream()
                .filter(finding -> finding.check() == check)
                .map(Finding::feature)
                .toList();
    }

    @Test
    void anAggregateIsKnownWhenTheLastOfItsRowsIs() {
        var found = findings(
                true,
                List.of(LAST, COUNT, BEFORE),
                new Times(EARLIER, EARLIER),
                new Times(EARLIER, LATER),
                new Times(EARLIER, AS_OF));

        assertThat(of(Check.KNOWN_AFTER_AS_OF, found)).containsExactly("seen__count_1h");
    }

    @Test
    void anEventAtTheAsOfTimeInAWindowMaySeeTheLabel() {
        var found = findings(false, List.of(BEFORE, COUNT), new Times(EARLIER, EARLIER), new Times(AS_OF, AS_OF));

        assertThat(of(Check.EVENT_AT_AS_OF, found)).containsExactly("seen__*");
        assertThat(found)
                .filteredOn(finding -> finding.check() == Check.LABEL_SOURCE_NOT_STRICT)
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.severity()).isEqualTo(Severity.CRITICAL);
                    assertThat(finding.count()).isEqualTo(1);
                });
    }

    @Test
    void aRowWithAnEventInItsRowAndItsWindowsIsCountedOnce() {
        var found = findings(false, List.of(LAST, COUNT), new Times(AS_OF, AS_OF), new Times(AS_OF, AS_OF));

        assertThat(found)
                .filteredOn(finding -> finding.check() == Check.EVENT_AT_AS_OF)
                .singleElement()
                .satisfies(finding -> assertThat(finding.count()).isEqualTo(1));
    }

    @Test
    void aWindowThatEndsBeforeTheAsOfTimeNeedsNoStrict() {
        assertThat(of(Check.LABEL_SOURCE_NOT_STRICT, findings(false, List.of(BEFORE), new Times(EARLIER, EARLIER))))
                .isEmpty();
        assertThat(of(Check.LABEL_SOURCE_NOT_STRICT, findings(false, List.of(COUNT), new Times(EARLIER, EARLIER))))
                .containsExactly("seen__*");
    }

    /** Although a count of nothing is 0, not null. */
    @Test
    void aFeatureOfEmptyWindowsComesFromNowhere() {
        var found = findings(true, List.of(LAST, COUNT), new Times(EARLIER, EARLIER), NONE);

        assertThat(of(Check.MOSTLY_NULL, found)).containsExactly("seen__count_1h");
        assertThat(found)
                .filteredOn(finding -> finding.check() == Check.MOSTLY_NULL)
                .first()
                .satisfies(finding -> assertThat(finding.message()).contains("empty window", "its window is long"));
    }
}
