package dev.asof.registry.planning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.registry.Definition;
import dev.asof.registry.EntityDefinition;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.Known;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ServiceVersion;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.TrainingDefaults;
import dev.asof.registry.VersionState;
import dev.asof.registry.catalog.ResolvedView;
import dev.asof.registry.reading.BundleReader;
import dev.asof.shared.FeatureServiceName;
import dev.asof.shared.ViewVersion;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CompatibilityTest {

    private static final int EVALUATOR = 1;

    private static final String ENTITY = "{kind: entity, name: card, keys: [{name: card_id, type: STRING}]}";
    private static final String SOURCE = """
        kind: source
        name: transactions
        columns: [{name: ts, type: TIMESTAMP}, {name: card_id, type: STRING}, {name: payee, type: STRING}, \
        {name: amount, type: FLOAT64}, {name: delay, type: INT64}]
        event_timestamp: ts
        """;
    private static final String VIEW = """
        kind: feature_view
        name: card_activity
        entities: [card]
        source: transactions
        features:
        - {name: amount, column: amount}
        - {name: late, column: delay}
        """;

    @Test
    void V1_theSameMeaningChangesNothing() {
        assertThat(compareViews(VIEW, VIEW + "owner: someone")).isEqualTo(new Change.Same());
    }

    @Test
    void V1_addingFeaturesIsCompatibleWhereverTheyStand() {
        assertThat(compareViews(VIEW, VIEW.replace("features:\n", "features:\n- {name: who, column: payee}\n")))
                .isEqualTo(new Change.Compatible(List.of("feature who STRING is added")));
    }

    @Test
    void V1_anotherOrderOfFeaturesIsANewButCompatibleVersion() {
        String first = "- {name: amount, column: amount}\n";
        String reordered = VIEW.replace(first, "") + first;

        assertThat(compareViews(VIEW, reordered)).isEqualTo(new Change.Compatible(List.of("features are reordered")));
    }

    @Test
    void V1_eachBreakIsOneSentence() {
        assertBreaks("- {name: late, column: delay}\n|", "feature late is removed");
        assertBreaks(
                "late, column: delay|late, column: amount",
                "feature late: type INT64 becomes FLOAT64",
                "feature late: column delay becomes column amount");
        assertBreaks(
                "late, column: delay|late, expression: \"delay + 1\"",
                "feature late: column delay becomes expression \"delay + 1\"");
        assertBreaks("source: transactions|source: others", "source was transactions and becomes others");
        assertBreaks("source: transactions|source: transactions\nttl: 30d", "ttl was unset and becomes 30d");
        assertBreaks("source: transactions|source: transactions\nrevision: 2", "revision was 1 and becomes 2");
        assertBreaks(
                "[card]|[{name: card, keys: {card_id: payee}}]", "key card_id: column was card_id and becomes payee");
        assertBreaks("[card]|[]", "keys were (card_id STRING) and become ()");
        assertBreaks(
                "name: late, column: delay|name: later, column: delay",
                "feature late is removed",
                "feature later INT64 is added");
    }

    @Test
    void V1_aNewEvaluatorBreaks() {
        var before = registered(1, VIEW, EVALUATOR);

        assertThat(Compatibility.compare(before, before.definition(), resolve(VIEW), EVALUATOR + 1))
                .isEqualTo(new Change.Breaking(List.of("expressions are evaluated by a newer evaluator")));
    }

    @Test
    void V2_aSourcesColumnsAreOnlyAdded() {
        assertThat(compareSources(SOURCE.replace("[{name: ts", "[{name: first, type: BYTES}, {name: ts")))
                .isEqualTo(new Change.Compatible(List.of("column first BYTES is added")));
        assertThat(compareSources(SOURCE + "max_invalid_ratio: 1\nexpectations: [{unique: [ts]}]"))
                .isEqualTo(new Change.Same());
        assertThat(compareSources(SOURCE.replace(", {name: delay, type: INT64}", "")
                                .replace("ts, type: TIMESTAMP", "ts, type: TIMESTAMP, at: end_of_day")
                                .replace("payee, type: STRING", "payee, type: BYTES")
                                .replace("amount, type: FLOAT64", "amount, type: FLOAT32")
                        + "known_after: 1h\n"))
                .isEqualTo(new Change.Breaking(List.of(
                        "column payee: type STRING becomes BYTES",
                        "column amount: type FLOAT64 becomes FLOAT32",
                        "column delay is removed",
                        "known_after was unset and becomes 1h")));
    }

    @Test
    void V2_whatOnlyLoosensAContractChangesNoMeaning() {
        String zoned = SOURCE.replace("ts, type: TIMESTAMP", "ts, type: TIMESTAMP, time_zone: UTC");
        String endOfDay = zoned.replace("time_zone: UTC", "time_zone: UTC, at: end_of_day");
        String infinite = SOURCE.replace("FLOAT64", "FLOAT64, non_finite: true");

        assertThat(compareSources(SOURCE, zoned)).isEqualTo(new Change.Same());
        assertThat(compareSources(SOURCE, endOfDay)).isEqualTo(new Change.Same());
        assertThat(compareSources(SOURCE, infinite)).isEqualTo(new Change.Same());
        assertThat(compareSources(zoned, endOfDay))
                .isEqualTo(new Change.Breaking(List.of("column ts: at was start_of_day and becomes end_of_day")));
        assertThat(compareSources(zoned, zoned.replace("UTC", "Europe/Paris")))
                .isEqualTo(new Change.Breaking(List.of("column ts: time_zone was UTC and becomes Europe/Paris")));
        assertThat(compareSources(zoned, SOURCE))
                .as("another zone could follow, and the same texts would mean two times")
                .isEqualTo(new Change.Breaking(List.of("column ts: time_zone was UTC and becomes unset")));
        assertThat(compareSources(infinite, SOURCE))
                .isEqualTo(new Change.Breaking(List.of("column amount: non_finite was true and becomes false")));
    }

    @Test
    void V2_whatSaysWhenAndWhichARowIsIsNotChanged() {
        String source = SOURCE.replace(
                "{name: payee", "{name: at, type: TIMESTAMP}, {name: gone, type: BOOLEAN}, {name: payee");
        Map<String, String> changes = Map.of(
                "event_timestamp: at\n", "event_timestamp was ts and becomes at",
                "event_timestamp: ts\nknown_timestamp: at\n", "known_timestamp was unset and becomes at",
                "event_timestamp: ts\nknown_after: 1h\n", "known_after was unset and becomes 1h",
                "event_timestamp: ts\ntombstone: gone\n", "tombstone was unset and becomes gone");
        changes.forEach(
                (after, reason) -> assertThat(compareSources(source, source.replace("event_timestamp: ts\n", after)))
                        .isEqualTo(new Change.Breaking(List.of(reason))));
        assertThat(compareSources(source + "row_id: [card_id]\n", source + "row_id: [ts]\n"))
                .isEqualTo(new Change.Breaking(List.of("row_id was [card_id] and becomes [ts]")));
        assertThat(compareSources(source + "row_id: [card_id]\n", source))
                .isEqualTo(new Change.Breaking(List.of("row_id was [card_id] and becomes []")));
        String table = source + "type: table\ntable: a.b\nread: append\nrow_id: [card_id]\n";
        assertThat(compareSources(source + "row_id: [card_id]\n", table))
                .isEqualTo(new Change.Breaking(
                        List.of("type was push and becomes table", "read was unset and becomes append")));
        assertThat(compareSources(
                        table + "tombstone: gone\n", table.replace("append", "snapshot") + "tombstone: gone\n"))
                .isEqualTo(new Change.Breaking(List.of("read was append and becomes snapshot")));
        assertThat(compareSources(table, table.replace("a.b", "a.c") + "schedule: 0 5 * * *\n"))
                .as("where it is read and when is no meaning")
                .isEqualTo(new Change.Same());
    }

    @Test
    void V2_addedColumnsAreLastInTheLogWhereverTheyAreWritten() {
        var before = (SourceDefinition) read(SOURCE);
        var after = (SourceDefinition) read(SOURCE.replace("[{name: ts", "[{name: first, type: BYTES}, {name: ts"));

        var ordered = Compatibility.inLogOrder(before, after);

        var expected = new ArrayList<>(before.columns());
        expected.add(after.columns().getFirst());
        assertThat(ordered.columns()).containsExactlyElementsOf(expected);
        assertThat(Meaning.hash(ordered)).isEqualTo(Meaning.hash(after));
    }

    @Test
    void V1_otherKeysBreakAnEntity() {
        var before = (EntityDefinition) read(ENTITY);
        var after = (EntityDefinition) read(ENTITY.replace("STRING", "INT64"));

        assertThat(Compatibility.compare(before, before)).isEqualTo(new Change.Same());
        assertThat(Compatibility.compare(before, after))
                .isEqualTo(new Change.Breaking(List.of("keys were (card_id STRING) and become (card_id INT64)")));
    }

    @Test
    void V3_aServiceChangesWithTheVersionsAndKeysItResolvesTo() {
        var one = selection(1, "card_id", "card_activity__amount");
        var two = selection(2, "card_id", "card_activity__amount");
        var role = selection(1, "payee_id", "card_activity__amount");

        assertThat(Meaning.hash(one)).isNotEqualTo(Meaning.hash(two)).isNotEqualTo(Meaning.hash(role));
        assertThat(Compatibility.compare(one, one)).isEqualTo(new Change.Same());
        assertThat(Compatibility.compare(one, two))
                .as("the same computation in another version of the view")
                .isEqualTo(new Change.Compatible(List.of("column card_activity__amount came from"
                        + " card_activity@v1:amount by [card_id] and comes from"
                        + " card_activity@v2:amount by [card_id]")));
        assertThat(Compatibility.compare(one, role)).isInstanceOf(Change.Breaking.class);
    }

    @Test
    void V3_aServiceIsComparedColumnByColumn() {
        var amount = column("card_activity__amount", 0);
        var late = column("card_activity__late", 1);
        var both = selection(1, TrainingDefaults.NONE, amount, late);

        assertThat(Compatibility.compare(selection(1, TrainingDefaults.NONE, amount), both))
                .isEqualTo(new Change.Compatible(List.of("column card_activity__late INT64 is added")));
        assertThat(Compatibility.compare(both, selection(1, TrainingDefaults.NONE, amount)))
                .isEqualTo(new Change.Breaking(List.of("column card_activity__late is removed")));
        assertThat(Compatibility.compare(both, selection(1, TrainingDefaults.NONE, late, amount)))
                .isEqualTo(new Change.Compatible(List.of("columns are reordered")));
        assertThat(Compatibility.compare(
                        selection(1, TrainingDefaults.NONE, amount),
                        selection(1, TrainingDefaults.NONE, column("card_activity__amount", 1))))
                .as("another value under the same name")
                .isEqualTo(new Change.Breaking(List.of("column card_activity__amount came from"
                        + " card_activity@v1:amount by [card_id] and comes from"
                        + " card_activity@v1:late by [card_id]")));
        assertThat(Compatibility.compare(
                        both, selection(1, new TrainingDefaults(true, new Known.AsRecorded()), amount, late)))
                .isEqualTo(new Change.Breaking(List.of(
                        "training.strict was false and becomes true",
                        "training.known was latest and becomes as_recorded")));
    }

    private static FeatureSelection.Column column(String name, int feature) {
        var features = registered(1, VIEW, EVALUATOR).features();
        return new FeatureSelection.Column(
                name,
                features.get(feature).name(),
                features.get(feature).type(),
                new FeatureSelection.Origin.Stored(0, feature));
    }

    private static FeatureSelection selection(
            int version, TrainingDefaults training, FeatureSelection.Column... columns) {
        return new FeatureSelection(
                Optional.of(new ServiceVersion(new FeatureServiceName("fraud"), 1)),
                List.of(new FeatureSelection.View(
                        registered(version, VIEW, EVALUATOR), "card_activity", List.of("card_id"))),
                List.of(columns),
                training);
    }

    private static void assertBreaks(String change, String... reasons) {
        String[] parts = (change + "|").split("\\|", 3);
        assertThat(VIEW).contains(parts[0]);
        assertThat(compareViews(VIEW, VIEW.replace(parts[0], parts[1])))
                .as(change)
                .isEqualTo(new Change.Breaking(List.of(reasons)));
    }

    private static Change compareSources(String after) {
        return compareSources(SOURCE, after);
    }

    private static Change compareSources(String before, String after) {
        return Compatibility.compare((SourceDefinition) read(before), (SourceDefinition) read(after));
    }

    private static Change compareViews(String before, String after) {
        var definition = (FeatureViewDefinition) read(after);
        var resolved = resolve(after);
        return Compatibility.compare(registered(1, before, EVALUATOR), definition, resolved, EVALUATOR);
    }

    private static ResolvedView resolve(String view) {
        var resolved = ViewResolver.resolve(
                (FeatureViewDefinition) read(view),
                name -> Optional.of((EntityDefinition) read(ENTITY)),
                name -> Optional.of((SourceDefinition) read(SOURCE)),
                List.of(),
                List.of());
        assertThat(resolved.problems()).isEmpty();
        return resolved;
    }

    private static RegisteredView registered(int version, String view, int evaluator) {
        var definition = (FeatureViewDefinition) read(view);
        var resolved = resolve(view);
        return new RegisteredView(
                version,
                new ViewVersion(definition.name(), version),
                VersionState.READY,
                "hash" + version,
                evaluator,
                false,
                resolved.keys(),
                resolved.features(),
                definition,
                Instant.EPOCH);
    }

    private static FeatureSelection selection(int version, String key, String column) {
        var view = registered(version, VIEW, EVALUATOR);
        return new FeatureSelection(
                Optional.of(new ServiceVersion(new FeatureServiceName("fraud"), 1)),
                List.of(new FeatureSelection.View(view, "card_activity", List.of(key))),
                List.of(new FeatureSelection.Column(
                        column, "amount", view.features().getFirst().type(), new FeatureSelection.Origin.Stored(0, 0))),
                TrainingDefaults.NONE);
    }

    private static Definition read(String text) {
        var bundle = BundleReader.read(text);
        assertThat(bundle.violations().shown()).as(text).isEmpty();
        return bundle.definitions().getFirst().definition();
    }
}
