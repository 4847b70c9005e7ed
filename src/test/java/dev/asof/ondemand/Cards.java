package dev.asof.ondemand;

import dev.asof.support.ApiClient;
import dev.asof.support.Eventually;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Cards with some payments, under a name of their own, and on-demand views over them. */
final class Cards {

    static final String AT = "2026-03-10T12:00:00Z";

    private final ApiClient api;
    private final String name;

    Cards(int port) {
        this.api = new ApiClient(port);
        this.name = "c" + Long.toString(System.nanoTime(), Character.MAX_RADIX);
    }

    ApiClient api() {
        return api;
    }

    String name() {
        return name;
    }

    /** A text with {@code $} for the name. */
    String named(String text) {
        return text.replace("$", name);
    }

    Cards define() {
        api.apply(named("""
            kind: entity
            name: $_card
            keys: [{name: card, type: STRING}]
            ---
            kind: source
            name: $_payments
            type: push
            columns:
              - {name: at, type: TIMESTAMP, required: true}
              - {name: known, type: TIMESTAMP}
              - {name: card, type: STRING, required: true}
              - {name: amount, type: FLOAT64}
              - {name: cents, type: INT64}
              - {name: category, type: STRING}
            event_timestamp: at
            known_timestamp: known
            ---
            kind: feature_view
            name: $_activity
            entities: [$_card]
            source: $_payments
            features:
              - {name: last_amount, column: amount}
              - {name: last_category, column: category}
              - {name: inverse, expression: "1.0 / amount"}
              - {name: sum_7d, aggregate: sum, column: amount, window: 7d}
              - {name: count_7d, aggregate: count, window: 7d}
              - {name: last_3, aggregate: last_n, n: 3, column: amount, window: 30d}
              - {name: spent, aggregate: sum, column: amount, window: 30d, by: category}
            ---
            kind: on_demand_feature_view
            name: $_risk
            inputs: ["$_activity:*"]
            request:
              - {name: amount, type: FLOAT64}
              - {name: category, type: STRING}
            features:
              - {name: ratio, expression: "request.amount / $_activity.sum_7d"}
              - {name: of_category, expression: "$_activity.spent[request.category]"}
              - {name: inverse, expression: "$_activity.inverse * 2"}
              - {name: hours, expression: "hour_of_day(as_of)"}
              - {name: newest, expression: "$_activity.last_3[size($_activity.last_3) - 1]"}
            ---
            kind: on_demand_feature_view
            name: $_score
            inputs: ["$_risk:ratio", "$_activity:count_7d"]
            request: [{name: amount, type: FLOAT64}]
            features:
              - {name: score, expression: "coalesce($_risk.ratio, 0.0) + $_activity.count_7d"}
              - {name: same, expression: "request.amount"}
            ---
            kind: feature_service
            name: $_model
            features: ["$_activity:last_amount", "$_risk:*", "$_score:*"]
            """)).expect(200);
        Eventually.until(
                () -> api.get("/feature-services/" + name + "_model/schema").status() == 200,
                () -> api.get("/feature-services/" + name + "_model"));
        return this;
    }

    Cards send() {
        send(
                payment("2026-03-01T00:00:00Z", "a", 5.0, "food"),
                payment("2026-03-09T00:00:00Z", "a", 10.0, "food"),
                payment("2026-03-10T00:00:00Z", "a", 30.0, "fuel"),
                payment("2026-03-10T00:00:00Z", "b", 0.0, null));
        return this;
    }

    @SafeVarargs
    final void send(Map<String, Object>... payments) {
        api.rows(name + "_payments", Arrays.asList(payments)).expect(200);
    }

    static Map<String, Object> payment(String at, String card, Double amount, String category) {
        return row("at", at, "known", at, "card", card, "amount", amount, "category", category);
    }

    /** A row of names and values in turn. */
    static Map<String, Object> row(Object... fields) {
        var row = new LinkedHashMap<String, Object>();
        for (int i = 0; i < fields.length; i += 2) {
            row.put((String) fields[i], fields[i + 1]);
        }
        return row;
    }

    /** Training rows by what a spine says in JSON. */
    ApiClient.Answer join(Map<String, Object> spine, List<String> features) {
        return api.postJson(
                "/historical-features",
                row("features", features.stream().map(this::named).toList(), "spine", spine));
    }

    ApiClient.Answer join(Map<String, Object> spine) {
        return join(spine, List.of("$_risk:*"));
    }
}
