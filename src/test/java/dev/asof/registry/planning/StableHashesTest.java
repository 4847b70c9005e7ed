package dev.asof.registry.planning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.registry.EntityDefinition;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.catalog.ParsedDefinition;
import dev.asof.registry.catalog.ResolvedView;
import dev.asof.registry.catalog.StoredFormat;
import dev.asof.registry.catalog.StoredMeaning;
import dev.asof.registry.reading.BundleReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Versions that are registered are known by their hashes: no server may compute others for the same definitions. */
class StableHashesTest {

    private static final String BUNDLE = """
        kind: entity
        name: card
        keys: [{name: card_id, type: STRING}]
        ---
        kind: source
        name: transactions
        columns:
          - {name: ts, type: TIMESTAMP, time_zone: Europe/Paris, at: end_of_day}
          - {name: cc_num, type: STRING, required: true}
          - {name: amount, type: FLOAT64, non_finite: true}
          - {name: items, type: INT32}
          - {name: embedding, type: FLOAT32_LIST, length: 3}
          - {name: gone, type: BOOLEAN}
        event_timestamp: ts
        known_after: 6h
        tombstone: gone
        row_id: [cc_num, ts]
        ---
        kind: feature_view
        name: card_activity
        entities: [{name: card, keys: {card_id: cc_num}}]
        source: transactions
        ttl: 30d
        features:
          - {name: last_amount, column: amount}
          - {name: is_large, expression: "amount > 500.0"}
        ---
        kind: feature_view
        name: everything
        entities: []
        source: transactions
        revision: 3
        features:
          - {name: embedding, column: embedding, description: as it came}
          - {name: per_item, expression: " amount / items ", type: FLOAT32}
        ---
        kind: feature_view
        name: columns_alone
        entities: [{name: card, keys: {card_id: cc_num}}]
        source: transactions
        features: [{name: items, column: items}]
        """;

    @Test
    void V1_viewsOfColumnsAndExpressionsKeepTheHashesAndTheFormThatTheyWereStoredUnder() {
        var found = new ArrayList<String>();
        for (ParsedDefinition parsed : BundleReader.read(BUNDLE).definitions()) {
            if (parsed.definition() instanceof FeatureViewDefinition view) {
                var resolved = resolve(view);
                found.add(Meaning.hash(view, resolved, source()));
                found.add(StoredFormat.write(view).text());
                found.add(StoredMeaning.of(resolved).text());
            }
        }
        found.add(Meaning.hash(source()));
        assertThat(found)
                .containsExactly(
                        "6d4537c196dab3f1dd8577fea3875a8a4f1a970c1eb373e1b4adae663d268789",
                        """
                        {"kind":"feature_view","name":"card_activity",\
                        "entities":[{"name":"card","keys":{"card_id":"cc_num"}}],"source":"transactions","ttl":"30d",\
                        "revision":1,"features":[{"name":"last_amount","column":"amount"},\
                        {"name":"is_large","expression":"amount > 500.0"}]}\
                        """,
                        """
                        {"keys":[{"name":"card_id","type":"STRING","source_column":"cc_num"}],\
                        "features":[{"name":"last_amount","type":"FLOAT64"},{"name":"is_large","type":"BOOLEAN"}],\
                        "evaluator":1}\
                        """,
                        "2c7b74853d67b22a3ba573e00af4d77d14bb065ea1a84a1ae0f940307aedb39b",
                        """
                        {"kind":"feature_view","name":"everything","entities":[],"source":"transactions","revision":3,\
                        "features":[{"name":"embedding","column":"embedding","description":"as it came"},\
                        {"name":"per_item","expression":" amount / items ","type":"FLOAT32"}]}\
                        """,
                        """
                        {"keys":[],"features":[{"name":"embedding","type":"FLOAT32_LIST","length":3},\
                        {"name":"per_item","type":"FLOAT32"}],"evaluator":1}\
                        """,
                        "3c626ac1906bc89674ba3cd69983012834b54b067290c191f00552a25cecd22d",
                        """
                        {"kind":"feature_view","name":"columns_alone",\
                        "entities":[{"name":"card","keys":{"card_id":"cc_num"}}],"source":"transactions","revision":1,\
                        "features":[{"name":"items","column":"items"}]}\
                        """,
                        """
                        {"keys":[{"name":"card_id","type":"STRING","source_column":"cc_num"}],\
                        "features":[{"name":"items","type":"INT32"}],"evaluator":1}\
                        """,
                        "4b699420f2d91da511a80dce5210818f91e7fe0c6645d6f514430c9d65d811db");
    }

    @Test
    void V1_viewsWithAggregatesKeepTheHashesAndTheFormThatTheyWereStoredUnder() {
        var text = """
            kind: feature_view
            name: spend
            entities: [{name: card, keys: {card_id: cc_num}}]
            source: transactions
            features:
              - {name: last_amount, column: amount}
              - {name: total, aggregate: sum, column: items, window: 24h, where: "amount > 0.0"}
              - {name: ever, aggregate: approx_quantile, quantile: 0.5, expression: "amount * 2.0", window: unbounded}
              - {name: weekly, aggregate: count, series: {step: 1d, count: 7}, offset: 1d}
              - {name: by_card, aggregate: last, column: items, window: 30d, by: cc_num, max_keys: 20, description: d}
              - {name: recent, aggregate: last_n, n: 3, column: amount, window: 7d, hop: 1d}
            """;
        var view = (FeatureViewDefinition)
                BundleReader.read(text).definitions().getFirst().definition();
        var resolved = resolve(view);

        assertThat(List.of(
                        Meaning.hash(view, resolved, source()),
                        StoredFormat.write(view).text(),
                        StoredMeaning.of(resolved).text()))
                .containsExactly("8a32eb9bf0ed325d8c906f42216eb91e98d7bfd2d2a4d3c33f8827e0f833e70b", """
                    {"kind":"feature_view","name":"spend","entities":[{"name":"card","keys":{"card_id":"cc_num"}}],"source":"transactions","revision":1,"features":[{"name":"last_amount","column":"amount"},\
                    {"name":"total","aggregate":{"function":"sum","column":"items","where":"amount > 0.0","window":"1d","hop":"1h"}},\
                    {"name":"ever","aggregate":{"function":"approx_quantile","expression":"amount * 2.0","hop":"1d","quantile":0.5}},\
                    {"name":"weekly","aggregate":{"function":"count","window":"7d","hop":"1d","offset":"1d","steps":7}},\
                    {"name":"by_card","description":"d","aggregate":{"function":"last","column":"items","window":"30d","hop":"1d","by":"cc_num","max_keys":20}},\
                    {"name":"recent","aggregate":{"function":"last_n","column":"amount","window":"7d","hop":"1d","n":3}}]}\
                    """, """
                    {"keys":[{"name":"card_id","type":"STRING","source_column":"cc_num"}],"features":[{"name":"last_amount","type":"FLOAT64"},\
                    {"name":"total","type":"INT64","input":"INT32"},\
                    {"name":"ever","type":"FLOAT64","input":"FLOAT64"},\
                    {"name":"weekly","type":"INT64_LIST"},\
                    {"name":"by_card_keys","type":"STRING_LIST","input":"INT32"},\
                    {"name":"by_card_values","type":"INT32_LIST","input":"INT32"},\
                    {"name":"recent","type":"FLOAT64_LIST","input":"FLOAT64"}],"evaluator":1,"row_id":[{"name":"cc_num","type":"STRING","source_column":"cc_num"},\
                    {"name":"ts","type":"TIMESTAMP","source_column":"ts"}]}\
                    """);
    }

    private static ResolvedView resolve(FeatureViewDefinition view) {
        var resolved = ViewResolver.resolve(
                view, _ -> Optional.of(entity()), _ -> Optional.of(source()), List.of(), List.of());
        assertThat(resolved.problems()).isEmpty();
        return resolved;
    }

    private static EntityDefinition entity() {
        return (EntityDefinition) BundleReader.read(BUNDLE).definitions().get(0).definition();
    }

    private static SourceDefinition source() {
        return (SourceDefinition) BundleReader.read(BUNDLE).definitions().get(1).definition();
    }
}
