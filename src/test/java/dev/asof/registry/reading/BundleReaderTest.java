package dev.asof.registry.reading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.asof.registry.Definition;
import dev.asof.registry.DefinitionKind;
import dev.asof.registry.EntityDefinition;
import dev.asof.registry.Expectation;
import dev.asof.registry.FeatureDefinition.ColumnFeature;
import dev.asof.registry.FeatureDefinition.ExpressionFeature;
import dev.asof.registry.FeatureServiceDefinition;
import dev.asof.registry.FeatureServiceDefinition.Item;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.FeatureViewDefinition.ViewEntity;
import dev.asof.registry.Known;
import dev.asof.registry.Metadata;
import dev.asof.registry.SourceColumn;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.TrainingDefaults;
import dev.asof.registry.catalog.BrokenDefinition;
import dev.asof.registry.catalog.ParsedBundle;
import dev.asof.registry.catalog.ParsedDefinition;
import dev.asof.shared.EntityName;
import dev.asof.shared.FeatureServiceName;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.SourceName;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class BundleReaderTest {

    private static final String FRAUD = """
        kind: entity
        name: card
        owner: fraud
        tags: {pii: "true"}
        keys: [{name: card_id, type: STRING}]
        ---
        kind: source
        name: transactions
        type: push
        columns:
          - {name: ts, type: TIMESTAMP, time_zone: America/New_York}
          - {name: cc_num, type: STRING, required: true}
          - {name: amount, type: FLOAT64, non_finite: true, description: in dollars}
          - {name: embedding, type: FLOAT32_LIST, length: 3}
          - {name: gone, type: BOOLEAN}
        event_timestamp: ts
        row_id: [cc_num, ts]
        null_tokens: [NA]
        tombstone: gone
        known_after: 6h
        expectations:
          - {column: amount, between: [0, 100000]}
          - {column: cc_num, matches: "[0-9]{16}"}
          - {column: cc_num, in: [a, NO]}
          - {unique: [cc_num, ts]}
        max_invalid_ratio: 0.1
        max_future_skew: 5m
        ---
        kind: feature_view
        name: card_activity
        entities: [{name: card, keys: {card_id: cc_num}}]
        source: transactions
        ttl: 30d
        revision: 2
        features:
          - {name: last_amount, column: amount}
          - {name: is_large, expression: "amount > 500", description: over 500}
          - {name: half, expression: "amount / 2", type: FLOAT32}
        ---
        kind: feature_service
        name: fraud_model
        features:
          - "card_activity:*"
          - "card_activity@v2:last_amount"
          - {view: card_activity, as: payee, keys: {card_id: payee_card_id}, features: [last_amount]}
        training: {strict: true, known: as_recorded}
        """;

    @Test
    void readsWhatTheDesignShows() {
        var bundle = BundleReader.read(FRAUD);

        assertThat(bundle.violations().shown()).isEmpty();
        assertThat(definitions(bundle)).containsExactly(card(), transactions(), cardActivity(), fraudModel());
    }

    /** The library's buffer ends after 1,025 chars, and 1,025 more. */
    @Test
    void aCharacterOfTwoCharsMayStandAnywhere() {
        String before = "{kind: entity, name: card, keys: [{name: id, type: STRING}], description: \"";
        for (int at = 1_000; at < 2_100; at++) {
            String text = before + "a".repeat(at - before.length()) + "\uD83D\uDE00\uD83D\uDE00b\"}";

            var bundle = BundleReader.read(text);

            assertThat(bundle.violations().shown()).as("at %s", at).isEmpty();
            assertThat(definitions(bundle).getFirst().metadata().description().orElseThrow())
                    .isEqualTo(text.substring(before.length(), text.length() - 2));
        }
    }

    @Test
    void knowsTheLineOfEveryPart() {
        var later = new Violations();
        var view = BundleReader.read(FRAUD).definitions().get(2).violations().in(later);
        view.add("features[2].expression", "c", "m");
        view.add("entities[0].keys.card_id.unheard_of", "c", "m");
        view.add("", "c", "m");

        String root = "feature_views.card_activity";
        assertThat(later.shown())
                .extracting(Violation::path, Violation::line)
                .containsExactly(
                        tuple(root + ".features[2].expression", lineOf("{name: half")),
                        tuple(root + ".entities[0].keys.card_id.unheard_of", lineOf("entities:")),
                        tuple(root, lineOf("kind: feature_view")));
    }

    @Test
    void eventTimestampCanSayHowItsColumnIsRead() {
        var bundle = BundleReader.read("""
            kind: source
            name: daily
            columns: [{name: day, type: timestamp}]
            event_timestamp: {column: day, time_zone: UTC, at: end_of_day}
            """);

        assertThat(bundle.violations().shown()).isEmpty();
        var expected = new SourceColumn(
                "day", ScalarType.TIMESTAMP, false, Optional.of(ZoneId.of("UTC")), true, false, Optional.empty());
        assertThat(((SourceDefinition) definitions(bundle).getFirst()).columns())
                .containsExactly(expected);
    }

    @Test
    void entitiesOfAViewMayBeBareNamesOrNone() {
        var bundle = BundleReader.read("""
            {kind: feature_view, name: a, entities: [card], source: s, features: [{name: f, column: f}]}
            ---
            {kind: feature_view, name: b, entities: [], source: s, features: [{name: f, column: f}]}
            """);

        assertThat(bundle.violations().shown()).isEmpty();
        assertThat(definitions(bundle))
                .extracting(definition -> ((FeatureViewDefinition) definition).entities())
                .containsExactly(List.of(new ViewEntity(new EntityName("card"), Map.of())), List.of());
    }

    @Test
    void jsonIsReadInEveryShape() {
        String one = "{\"kind\":\"entity\",\n\t\"name\":\"card\",\"keys\":[{\"name\":\"id\",\"type\":\"INT64\"}],"
                + "\"description\":null,\"owner\":\"a\\/b \\ud83d\\ude00\"}";
        var expected = new EntityDefinition(
                new EntityName("card"),
                List.of(new EntityDefinition.JoinKey("id", ScalarType.INT64)),
                new Metadata(Optional.empty(), Optional.of("a/b 😀"), Map.of()));

        for (String text : List.of(one, "[" + one + "]", "{\"definitions\": [" + one + "]}")) {
            var bundle = BundleReader.read(text);
            assertThat(bundle.violations().shown()).isEmpty();
            assertThat(definitions(bundle)).containsExactly(expected);
        }
    }

    @Test
    void yamlIsOnePointTwo() {
        var bundle = BundleReader.read("""
            kind: source
            name: no
            owner: off
            tags: {country: NO, at: 12:30, day: 2026-01-01, enabled: on, answer: yes}
            null_tokens: [NO, y, ~x]
            columns: [{name: on, type: INT64, required: True}, {name: ts, type: TIMESTAMP}]
            event_timestamp: ts
            expectations: [{column: on, in: [0o17, 017, 0x1F]}]
            """);

        assertThat(bundle.violations().shown()).isEmpty();
        var source = (SourceDefinition) definitions(bundle).getFirst();
        assertThat(source.metadata().owner()).contains("off");
        assertThat(source.metadata().tags())
                .containsEntry("country", "NO")
                .containsEntry("at", "12:30")
                .containsEntry("day", "2026-01-01")
                .containsEntry("enabled", "on")
                .containsEntry("answer", "yes");
        assertThat(source.nullTokens()).containsExactly("NO", "y", "~x");
        assertThat(source.expectations()).containsExactly(new Expectation.In("on", List.of(15L, 17L, 31L)));
    }

    @Test
    void emptyDocumentsAreSkippedAndAnchorsWork() {
        var bundle = BundleReader.read("""
            # comment
            ---
            ---
            kind: entity
            name: pair
            keys:
              - &key {name: a, type: STRING}
              - {<<: *key, name: b}
            ...
            ---
            """);

        assertThat(bundle.violations().shown()).isEmpty();
        assertThat(((EntityDefinition) definitions(bundle).getFirst()).keys())
                .extracting(EntityDefinition.JoinKey::name)
                .containsExactly("a", "b");
    }

    @Test
    void twelveMistakesAreToldAtOnce() {
        var bundle = BundleReader.read("""
            kind: entity
            name: Card
            keys: [{name: card_id, type: FLOAT64}]
            ---
            kind: source
            name: transactions
            columns:
              - {name: ts, type: TIMESTMP}
              - {name: amount, type: FLOAT64, requird: true}
              - {name: batch_id, type: STRING}
            event_timestamp: tss
            max_invalid_ratio: 5
            expectations:
              - {column: amount, between: [9, 1]}
            ---
            kind: feature_view
            name: card_activity
            entities: [card]
            source: transactions
            ttl: 30 days
            features:
              - {name: a, column: amount, expression: "amount"}
              - {name: b, aggregate: summ, column: amount, window: 1h}
            ---
            kind: feature_servise
            name: fraud
            """);

        assertThat(bundle.violations().shown())
                .extracting(Violation::path, Violation::line, Violation::code)
                .containsExactly(
                        tuple("definitions[0].name", 2, "invalid_name"),
                        tuple("definitions[0].keys[0].type", 3, "not_a_key_type"),
                        tuple("sources.transactions.columns[0].type", 8, "unknown_type"),
                        tuple("sources.transactions.columns[1].requird", 9, "unknown_field"),
                        tuple("sources.transactions.columns[2].name", 10, "reserved_name"),
                        tuple("sources.transactions.event_timestamp", 11, "unknown_column"),
                        tuple("sources.transactions.expectations[0].between", 14, "bad_bounds"),
                        tuple("sources.transactions.max_invalid_ratio", 12, "wrong_type"),
                        tuple("feature_views.card_activity.ttl", 20, "bad_duration"),
                        tuple("feature_views.card_activity.features[0].expression", 22, "conflicting_fields"),
                        tuple("feature_views.card_activity.features[1].aggregate", 23, "unknown_function"),
                        tuple("definitions[3].kind", 25, "unknown_kind"));
        assertThat(bundle.violations().shown())
                .flatExtracting(Violation::suggestions)
                .contains("TIMESTAMP", "required", "ts", "feature_service");
        assertThat(bundle.broken())
                .containsExactly(
                        new BrokenDefinition(DefinitionKind.SOURCE, "transactions"),
                        new BrokenDefinition(DefinitionKind.FEATURE_VIEW, "card_activity"));
    }

    @Test
    void aDefinitionWithASmallMistakeIsStillBuiltSoThatOthersAreCheckedAgainstIt() {
        var bundle = BundleReader.read("""
            kind: source
            name: s
            columns: [{name: ts, type: TIMESTAMP}]
            event_timestamp: ts
            max_invalid_ratio: many
            """);

        assertThat(bundle.violations().shown()).hasSize(1);
        assertThat(definitions(bundle)).extracting(Definition::id).containsExactly("s");
    }

    @Test
    void duplicateDefinitionsNameBothLines() {
        String entity = "kind: entity\nname: card\nkeys: [{name: id, type: STRING}]\n";

        var violations =
                BundleReader.read(entity + "---\n" + entity).violations().shown();

        assertThat(violations).singleElement().satisfies(violation -> {
            assertThat(violation.line()).isEqualTo(5);
            assertThat(violation.path()).isEqualTo("entities.card");
            assertThat(violation.message()).contains("line 1");
        });
    }

    @Test
    void oneDefinitionTakesItsKindAndNameFromTheAddress() {
        var bundle = BundleReader.readOne(DefinitionKind.ENTITY, "card", "keys: [{name: card_id, type: STRING}]");

        assertThat(bundle.violations().shown()).isEmpty();
        assertThat(definitions(bundle)).extracting(Definition::id).containsExactly("card");
    }

    @Test
    void oneDefinitionMayNotContradictItsAddress() {
        var otherName = BundleReader.readOne(
                DefinitionKind.ENTITY, "card", "name: cards\nkeys: [{name: card_id, type: STRING}]");
        var otherKind = BundleReader.readOne(DefinitionKind.ENTITY, "card", "kind: source\n");
        var two = BundleReader.readOne(DefinitionKind.ENTITY, "card", "a: 1\n---\nb: 2\n");

        assertThat(otherName.violations().shown()).extracting(Violation::code).containsExactly("name_mismatch");
        assertThat(otherKind.violations().shown()).extracting(Violation::code).containsExactly("kind_mismatch");
        assertThat(two.violations().shown()).extracting(Violation::code).containsExactly("too_many_definitions");
    }

    private static int lineOf(String part) {
        return 1
                + (int) FRAUD.substring(0, FRAUD.indexOf(part))
                        .chars()
                        .filter(c -> c == '\n')
                        .count();
    }

    private static List<Definition> definitions(ParsedBundle bundle) {
        return bundle.definitions().stream().map(ParsedDefinition::definition).toList();
    }

    private static EntityDefinition card() {
        return new EntityDefinition(
                new EntityName("card"),
                List.of(new EntityDefinition.JoinKey("card_id", ScalarType.STRING)),
                new Metadata(Optional.empty(), Optional.of("fraud"), Map.of("pii", "true")));
    }

    private static SourceDefinition transactions() {
        var amount = new SourceColumn(
                "amount", ScalarType.FLOAT64, false, Optional.empty(), false, true, Optional.of("in dollars"));
        return new SourceDefinition(
                new SourceName("transactions"),
                List.of(
                        SourceColumn.of("ts", ScalarType.TIMESTAMP).in(ZoneId.of("America/New_York")),
                        SourceColumn.of("cc_num", ScalarType.STRING).asRequired(),
                        amount,
                        SourceColumn.of("embedding", ListType.of(ScalarType.FLOAT32, 3)),
                        SourceColumn.of("gone", ScalarType.BOOLEAN)),
                "ts",
                Optional.empty(),
                Optional.of(Duration.ofHours(6)),
                Optional.of("gone"),
                List.of("cc_num", "ts"),
                List.of("NA"),
                List.of(
                        new Expectation.Between("amount", Optional.of(0.0), Optional.of(100_000.0)),
                        new Expectation.Matches("cc_num", "[0-9]{16}"),
                        new Expectation.In("cc_num", List.of("a", "NO")),
                        new Expectation.Unique(List.of("cc_num", "ts"))),
                0.1,
                Duration.ofMinutes(5),
                Metadata.NONE);
    }

    private static FeatureViewDefinition cardActivity() {
        return new FeatureViewDefinition(
                new FeatureViewName("card_activity"),
                List.of(new ViewEntity(new EntityName("card"), Map.of("card_id", "cc_num"))),
                new SourceName("transactions"),
                Optional.of(Duration.ofDays(30)),
                List.of(
                        new ColumnFeature("last_amount", "amount", Optional.empty()),
                        new ExpressionFeature("is_large", "amount > 500", Optional.empty(), Optional.of("over 500")),
                        new ExpressionFeature("half", "amount / 2", Optional.of(ScalarType.FLOAT32), Optional.empty())),
                2,
                Metadata.NONE);
    }

    private static FeatureServiceDefinition fraudModel() {
        var view = new FeatureViewName("card_activity");
        return new FeatureServiceDefinition(
                new FeatureServiceName("fraud_model"),
                List.of(
                        new Item(view, OptionalInt.empty(), Optional.empty(), Map.of(), List.of()),
                        new Item(view, OptionalInt.of(2), Optional.empty(), Map.of(), List.of("last_amount")),
                        new Item(
                                view,
                                OptionalInt.empty(),
                                Optional.of("payee"),
                                Map.of("card_id", "payee_card_id"),
                                List.of("last_amount"))),
                new TrainingDefaults(true, new Known.AsRecorded()),
                Metadata.NONE);
    }

    @Test
    void textIsReadNoFurtherWhenNobodyWantsItAnyMore() {
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> YamlDocuments.parse("a: 1", new Violations()))
                    .isInstanceOf(CancellationException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
