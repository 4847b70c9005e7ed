package dev.asof.registry.planning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.registry.Definition;
import dev.asof.registry.EntityDefinition;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.Metadata;
import dev.asof.registry.SourceColumn;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.catalog.DefinitionArbitraries;
import dev.asof.registry.reading.BundleReader;
import dev.asof.shared.EntityName;
import dev.asof.shared.SourceName;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class MeaningTest {

    private static final String SOURCE = """
        kind: source
        name: transactions
        columns:
          - {name: ts, type: TIMESTAMP}
          - {name: cc_num, type: STRING}
          - {name: amount, type: FLOAT64}
          - {name: other, type: FLOAT64}
          - {name: gone, type: BOOLEAN}
        event_timestamp: ts
        """;
    private static final String VIEW = """
        kind: feature_view
        name: card_activity
        entities: [{name: card, keys: {card_id: cc_num}}]
        source: transactions
        ttl: 30d
        features:
          - {name: last_amount, column: amount}
          - {name: is_large, expression: "amount > 500.0"}
        """;
    private static final EntityDefinition CARD =
            (EntityDefinition) read("{kind: entity, name: card, keys: [{name: card_id, type: STRING}]}");

    @Property(tries = 200)
    void V1_whatIsSaidAboutAnEntityIsNotItsMeaning(
            @ForAll("entities") EntityDefinition entity, @ForAll("metadata") Metadata metadata) {
        assertThat(Meaning.hash(new EntityDefinition(entity.name(), entity.keys(), metadata)))
                .isEqualTo(Meaning.hash(entity));
    }

    @Property(tries = 200)
    void V1_theContractAndTheOrderOfColumnsAreNotASourcesMeaning(
            @ForAll("sources") SourceDefinition source, @ForAll("metadata") Metadata metadata) {
        var columns = source.columns().reversed().stream()
                .map(column -> new SourceColumn(
                        column.name(),
                        column.type(),
                        !column.required(),
                        column.timeZone(),
                        column.endOfDay(),
                        column.nonFinite(),
                        Optional.of("another description")))
                .toList();
        var relaxed = new SourceDefinition(
                source.name(),
                columns,
                source.eventTimestamp(),
                source.knownTimestamp(),
                source.knownAfter(),
                source.tombstone(),
                source.rowId(),
                List.of("another"),
                List.of(),
                1,
                Duration.ZERO,
                metadata);

        assertThat(Meaning.hash(relaxed)).isEqualTo(Meaning.hash(source));
    }

    @Property(tries = 200)
    void V1_equalDefinitionsAndNoOthersHaveEqualHashes(
            @ForAll("entities") EntityDefinition one, @ForAll("entities") EntityDefinition other) {
        boolean same = one.name().equals(other.name()) && one.keys().equals(other.keys());
        assertThat(Meaning.hash(one).equals(Meaning.hash(other))).isEqualTo(same);
    }

    @Test
    void V1_everyPartOfASourcesMeaningCounts() {
        assertAllDiffer(
                SOURCE,
                "name: transactions|name: purchases",
                "ts, type: TIMESTAMP|ts, type: TIMESTAMP, time_zone: UTC",
                "ts, type: TIMESTAMP|ts, type: TIMESTAMP, at: end_of_day",
                "name: amount, type: FLOAT64|name: amount, type: FLOAT32",
                "name: amount, type: FLOAT64|name: amount, type: FLOAT64, non_finite: true",
                "name: amount, type: FLOAT64|name: amount, type: FLOAT64_LIST",
                "name: amount, type: FLOAT64|name: amount, type: FLOAT64_LIST, length: 3",
                "name: other|name: others",
                "event_timestamp: ts|event_timestamp: ts\nknown_timestamp: ts",
                "event_timestamp: ts|event_timestamp: ts\nknown_after: 1h",
                "event_timestamp: ts|event_timestamp: ts\ntombstone: gone",
                "event_timestamp: ts|event_timestamp: ts\nrow_id: [cc_num]");
    }

    @Test
    void V1_everyPartOfAViewsMeaningCounts() {
        var hashes = new HashSet<String>();
        hashes.add(viewHash(VIEW, SOURCE));
        for (String change : List.of(
                "name: card_activity|name: card_activities",
                "[{name: card, keys: {card_id: cc_num}}]|[]",
                "ttl: 30d|ttl: 31d",
                "ttl: 30d|revision: 2",
                "ttl: 30d|ttl: 30d\nrevision: 2",
                "last_amount, column: amount|latest_amount, column: amount",
                "last_amount, column: amount|last_amount, column: other",
                "last_amount, column: amount|last_amount, expression: amount",
                "amount > 500.0|amount > 501.0",
                "amount > 500.0\"|amount + 0.0\", type: FLOAT64",
                "amount > 500.0\"|amount + 0.0\", type: FLOAT32")) {
            assertThat(hashes.add(viewHash(changed(VIEW, change), SOURCE)))
                    .as(change)
                    .isTrue();
        }
        assertThat(hashes.add(viewHash(VIEW, changed(SOURCE, "type: TIMESTAMP|type: TIMESTAMP, time_zone: UTC"))))
                .isTrue();
        assertThat(hashes.add(viewHash(VIEW, SOURCE + "tombstone: gone"))).isTrue();
    }

    @Test
    void V1_columnsThatAViewDoesNotUseAreNotItsMeaning() {
        var more = SOURCE.replace("  - {name: gone", "  - {name: added, type: BYTES}\n  - {name: gone");

        assertThat(viewHash(VIEW, more)).isEqualTo(viewHash(VIEW, SOURCE));
    }

    @Test
    void V1_descriptionsOwnersAndTagsAreNotAViewsMeaning() {
        String described = VIEW.replace("column: amount", "column: amount, description: d")
                + "description: a\nowner: b\ntags: {c: d}\n";

        assertThat(viewHash(described, SOURCE)).isEqualTo(viewHash(VIEW, SOURCE));
    }

    @Test
    void V1_hashesAreStable() {
        assertThat(Meaning.hash(CARD))
                .matches("[0-9a-f]{64}")
                .isEqualTo(Meaning.hash(new EntityDefinition(new EntityName("card"), CARD.keys(), Metadata.NONE)));
    }

    private static void assertAllDiffer(String base, String... changes) {
        UnaryOperator<String> hash = text -> Meaning.hash((SourceDefinition) read(text));
        Set<String> hashes = new HashSet<>(Set.of(hash.apply(base)));
        for (String change : changes) {
            assertThat(hashes.add(hash.apply(changed(base, change)))).as(change).isTrue();
        }
    }

    private static String changed(String text, String change) {
        String[] parts = change.split("\\|");
        assertThat(text).contains(parts[0]);
        return text.replace(parts[0], parts[1]);
    }

    private static String viewHash(String viewText, String sourceText) {
        var view = (FeatureViewDefinition) read(viewText);
        var source = (SourceDefinition) read(sourceText);
        var resolved = ViewResolver.resolve(
                view,
                name -> Optional.of(CARD),
                name -> Optional.of(source).filter(found -> name.equals(new SourceName("transactions"))),
                List.of(),
                List.of());
        assertThat(resolved.problems()).isEmpty();
        return Meaning.hash(view, resolved, source);
    }

    private static Definition read(String text) {
        var bundle = BundleReader.read(text);
        assertThat(bundle.violations().shown()).as(text).isEmpty();
        return bundle.definitions().getFirst().definition();
    }

    @Provide
    Arbitrary<EntityDefinition> entities() {
        return DefinitionArbitraries.entities();
    }

    @Provide
    Arbitrary<SourceDefinition> sources() {
        return DefinitionArbitraries.sources();
    }

    @Provide
    Arbitrary<Metadata> metadata() {
        return DefinitionArbitraries.metadata();
    }
}
