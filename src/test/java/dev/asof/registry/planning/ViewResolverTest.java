package dev.asof.registry.planning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.asof.registry.Definition;
import dev.asof.registry.EntityDefinition;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.RegisteredView.Feature;
import dev.asof.registry.RegisteredView.Key;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.catalog.ParsedDefinition;
import dev.asof.registry.catalog.ResolvedView;
import dev.asof.registry.catalog.ResolvedView.Problem;
import dev.asof.registry.reading.BundleReader;
import dev.asof.shared.ScalarType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ViewResolverTest {

    private static final String PARTS = """
        {kind: entity, name: card, keys: [{name: card_id, type: STRING}]}
        ---
        {kind: entity, name: branch, keys: [{name: bank, type: INT64}, {name: number, type: INT64}]}
        ---
        {kind: entity, name: other_card, keys: [{name: card_id, type: STRING}]}
        ---
        kind: source
        name: transactions
        columns:
          - {name: ts, type: TIMESTAMP}
          - {name: cc_num, type: STRING}
          - {name: bank, type: INT64}
          - {name: number, type: INT32}
          - {name: amount, type: FLOAT64}
          - {name: unused, type: STRING}
          - {name: gone, type: BOOLEAN}
        event_timestamp: ts
        tombstone: gone
        """;

    @Test
    void keysAndTypesAreResolved() {
        var resolved = resolve("""
            entities: [{name: card, keys: {card_id: cc_num}}]
            source: transactions
            features:
              - {name: last_amount, column: amount}
              - {name: is_large, expression: "amount > 500.0"}
            """);

        assertThat(resolved.problems()).isEmpty();
        assertThat(resolved.keys()).containsExactly(new Key("card_id", ScalarType.STRING, "cc_num"));
        assertThat(resolved.features())
                .extracting(Feature::name, Feature::type)
                .containsExactly(tuple("last_amount", ScalarType.FLOAT64), tuple("is_large", ScalarType.BOOLEAN));
        assertThat(resolved.columns()).containsExactlyInAnyOrder("ts", "gone", "cc_num", "amount");
    }

    @Test
    void everyProblemIsToldAtOnce() {
        var resolved = resolve("""
            entities: [{name: card, keys: {card: cc_num}}, branch, other_card, crad]
            source: transactions
            features:
              - {name: a, column: amuont}
              - {name: a, column: amount}
              - {name: card_id, column: amount}
              - {name: deleted, column: amount}
              - {name: ok, expression: "amount > 'x'"}
              - {name: nope, expression: "amuont * 2"}
            """);

        assertThat(resolved.problems())
                .extracting(Problem::path, Problem::code)
                .containsExactly(
                        tuple("entities[0].keys.card", "unknown_key"),
                        tuple("entities[0]", "unknown_column"),
                        tuple("entities[1]", "key_type_mismatch"),
                        tuple("entities[2]", "duplicate_key"),
                        tuple("entities[3]", "unknown_entity"),
                        tuple("features[0].column", "unknown_column"),
                        tuple("features[1].name", "duplicate_feature"),
                        tuple("features[2].name", "name_of_key"),
                        tuple("features[3].name", "reserved_name"),
                        tuple("features[4].expression", "type_mismatch"),
                        tuple("features[5].expression", "unknown_column"));
        assertThat(resolved.problems()).flatExtracting(Problem::suggestions).contains("card", "amount");
        assertThat(resolved.problems().getLast().message()).contains("nope", "at line 1, column 1");
    }

    @Test
    void unknownSourceHidesNothingAboutTheRest() {
        var resolved = resolve("""
            entities: [crad]
            source: transaction
            features: [{name: a, column: amount}, {name: a, column: x}]
            """);

        assertThat(resolved.problems())
                .extracting(Problem::code)
                .containsExactly("unknown_source", "unknown_entity", "duplicate_feature");
        assertThat(resolved.problems().getFirst().suggestions()).containsExactly("transactions");
    }

    @Test
    void derivedNamesFitIntoPostgresIdentifiers() {
        String fits = "f".repeat(61 - "card_activity".length());

        var resolved = resolve("""
            entities: []
            source: transactions
            features: [{name: %s, column: amount}, {name: %sx, column: amount}]
            """.formatted(fits, fits));

        assertThat(resolved.problems())
                .extracting(Problem::path, Problem::code)
                .containsExactly(tuple("features[1].name", "name_too_long"));
    }

    static ResolvedView resolve(String view) {
        var read = BundleReader.read(PARTS + "---\nkind: feature_view\nname: card_activity\n" + view);
        assertThat(read.violations().shown()).isEmpty();
        var definitions =
                read.definitions().stream().map(ParsedDefinition::definition).toList();
        Map<Object, EntityDefinition> entities = byName(definitions, EntityDefinition.class, EntityDefinition::name);
        Map<Object, SourceDefinition> sources = byName(definitions, SourceDefinition.class, SourceDefinition::name);
        return ViewResolver.resolve(
                (FeatureViewDefinition) definitions.getLast(),
                name -> Optional.ofNullable(entities.get(name)),
                name -> Optional.ofNullable(sources.get(name)),
                entities.values().stream().map(Definition::id).toList(),
                sources.values().stream().map(Definition::id).toList());
    }

    private static <T> Map<Object, T> byName(List<Definition> all, Class<T> type, Function<T, Object> name) {
        return all.stream().filter(type::isInstance).map(type::cast).collect(Collectors.toMap(name, value -> value));
    }
}
