package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code POST /features/evaluate}. */
class ExpressionTrialsTest extends BadInputTestBase {

    private String view = "";

    @BeforeEach
    void defineAView() {
        view = name + "_spend";
        post("/definitions", YAML, """
            kind: entity
            name: %1$s_card
            keys: [{name: card_id, type: STRING}]
            ---
            kind: source
            name: %1$s_tx
            columns:
              - {name: ts, type: TIMESTAMP, time_zone: UTC}
              - {name: card_id, type: STRING}
              - {name: category, type: STRING}
              - {name: amount, type: FLOAT64}
            event_timestamp: ts
            ---
            kind: feature_view
            name: %2$s
            entities: [%1$s_card]
            source: %1$s_tx
            features:
              - {name: last_amount, column: amount}
              - {name: root, expression: "sqrt(amount)"}
              - {name: total, aggregate: sum, column: amount, window: unbounded}
              - {name: by_category, aggregate: sum, column: amount, window: unbounded, by: category, max_keys: 10}
            """.formatted(name, view)).accepted();
        post("/sources/%s_tx/rows".formatted(name), NDJSON, """
            {"ts": "2026-01-01T00:00:00Z", "card_id": "a", "category": "food", "amount": 4}
            {"ts": "2026-01-02T00:00:00Z", "card_id": "a", "category": "fuel", "amount": 12.5}
            {"ts": "2026-01-02T00:00:00Z", "card_id": "broken", "category": "fuel", "amount": -1}
            """).accepted();
    }

    private Answer evaluate(String body) {
        return post("/features/evaluate", JSON, body.replace('\'', '"').replace("spend", view));
    }

    private String value(String body) {
        var answer = evaluate(body).accepted().json();
        return "%s %s %s"
                .formatted(
                        answer.path("type").asString(),
                        answer.path("value"),
                        answer.path("status").asString());
    }

    @Test
    void anExpressionIsTriedOnWhatAKeyHasNow() {
        var answer = evaluate("""
            {'expression': "request.amount / spend.total + spend.by_category['food'] + size(spend.by_category)",
             'inputs': ['spend:total', 'spend:by_category', 'spend:last_amount'],
             'request': [{'name': 'amount', 'type': 'FLOAT64'}],
             'entity': {'card_id': 'a', 'amount': 33}}
            """.replace("\"request", "'request")
                        .replace("by_category)\"", "by_category)'")
                        .replace("['food']", "[\\u0022food\\u0022]"))
                .accepted()
                .json();

        assertThat(answer.path("type").asString()).isEqualTo("FLOAT64");
        assertThat(answer.path("value").asDouble()).isEqualTo(33 / 16.5 + 4 + 2);
        assertThat(answer.path("status").asString()).isEqualTo("PRESENT");
        assertThat(answer.path("degraded").asBoolean()).isFalse();
        assertThat(answer.path("inputs").toString().replace(view, "spend")).isEqualTo("""
            [{"name":"spend.total","type":"FLOAT64","value":16.5,"status":"PRESENT"},\
            {"name":"spend.by_category","type":"FLOAT64","value":{"keys":["food","fuel"],"values":[4.0,12.5]},\
            "status":"PRESENT"},\
            {"name":"request.amount","type":"FLOAT64","value":33.0,"status":"PRESENT"}]\
            """);
    }

    @Test
    void C2_nullAndFailureAreAnsweredWithTheirStatus() {
        String root =
                "{'expression': 'coalesce(spend.root, 7.0)', 'inputs': ['spend:root'], 'entity': {'card_id': '%s'}}";
        assertThat(value(root.formatted("a"))).startsWith("FLOAT64 3.53");
        assertThat(value(root.formatted("nobody"))).isEqualTo("FLOAT64 7.0 PRESENT");
        assertThat(value(root.formatted("broken"))).isEqualTo("FLOAT64 7.0 ERROR");
        assertThat(value(root.replace("coalesce(spend.root, 7.0)", "spend.root").formatted("nobody")))
                .isEqualTo("FLOAT64 null NULL_VALUE");

        var failed = evaluate("{'expression': '1 / request.n', 'request': [{'name': 'n', 'type': 'INT32'}],"
                        + " 'values': {'request.n': 0}}")
                .accepted()
                .json();
        assertThat(failed.path("status").asString()).isEqualTo("ERROR");
        assertThat(failed.path("error").asString()).contains("zero");
        assertThat(failed.path("value").isNull()).isTrue();
    }

    @Test
    void anExpressionIsTriedOnValues() {
        String days =
                "{'expression': 'days_between(request.at, as_of)', 'request': [{'name': 'at', 'type': 'TIMESTAMP'}],"
                        + " 'values': {'request.at': '2026-01-01T00:00:00Z'}, 'as_of': '2026-01-02T12:00:00Z'}";
        assertThat(value(days)).isEqualTo("FLOAT64 1.5 PRESENT");
        assertThat(value("{'expression': 'amount > 3 && category == request', 'source': 'SOURCE',"
                                .replace("== request", "!= null")
                                .replace("SOURCE", name + "_tx")
                        + " 'values': {'amount': 4, 'category': 'food', 'ts': '2026-01-01 10:00:00'}}"))
                .isEqualTo("BOOLEAN true PRESENT");
        assertThat(value("{'expression': 'spend.by_category[request.c]', 'inputs': ['spend:by_category'],"
                        + " 'request': [{'name': 'c', 'type': 'STRING'}],"
                        + " 'values': {'spend.by_category': {'fuel': 2, 'food': null}, 'request.c': 'fuel'}}"))
                .isEqualTo("FLOAT64 2.0 PRESENT");
        assertThat(value("{'expression': 'mean(request.v)', 'request': [{'name': 'v', 'type': 'FLOAT32_LIST', 'length':"
                        + " 2}], 'values': {'request.v': [1, 2]}}"))
                .isEqualTo("FLOAT64 1.5 PRESENT");
    }

    @Test
    void namesAreThoseOfTheExpressionAlone() {
        assertThat(value("{'expression': 'request.value + 1', 'request': [{'name': 'value', 'type': 'INT64'}],"
                        + " 'values': {'request.value': 2}}"))
                .isEqualTo("INT64 3 PRESENT");
    }

    @Test
    void mapsAreReadAsAggregatesHaveThem() {
        String map = "{'expression': 'spend.by_category[request.c]', 'inputs': ['spend:by_category'],"
                + " 'request': [{'name': 'c', 'type': 'STRING'}],"
                + " 'values': {'spend.by_category': {%s}, 'request.c': '%s'}}";
        String tooLong = "x".repeat(300);
        String pair = "\uD83D\uDE00";

        assertThat(value(map.formatted("'" + tooLong + "': 2", tooLong))).isEqualTo("FLOAT64 2.0 PRESENT");
        assertThat(evaluate(map.formatted("'%s': 1, '\uFF5E': 2".formatted(pair), pair))
                        .accepted()
                        .json()
                        .path("inputs")
                        .path(0)
                        .path("value")
                        .path("values")
                        .toString())
                .isEqualTo("[2.0,1.0]");
        assertThat(evaluate(map.formatted("'%1$sa': 1, '%1$sb': 2".formatted(tooLong), "a"))
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("values.spend.by_category duplicate_key".replace("spend", view));
    }

    @Test
    void aRequestValueThatIsNoNumberIsToldWithoutAdviceOnColumns() {
        assertThat(evaluate("{'expression': 'request.x', 'request': [{'name': 'x', 'type': 'FLOAT64'}],"
                                + " 'values': {'request.x': 'NaN'}}")
                        .refused(422, "invalid")
                        .detail())
                .contains("send null")
                .doesNotContain("column");
    }

    @Test
    void withNothingToTryItOnItIsOnlyChecked() {
        var answer = evaluate("{'expression': 'spend.total > 2', 'inputs': ['spend:total']}")
                .accepted()
                .json();

        assertThat(answer.path("type").asString()).isEqualTo("BOOLEAN");
        assertThat(answer.has("value")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {}                                                                          | expression missing_field
        {'expression': 'spend.totl', 'inputs': ['spend:total']}                     | expression unknown_input
        {'expression': 'spend.total +', 'inputs': ['spend:total']}                  | expression syntax
        {'expression': 'request.x', 'request': [{'name': 'y', 'type': 'INT64'}]}    | expression unknown_request_value
        {'expression': '1', 'inputs': ['spend:totl']}                               | inputs[0] unknown_feature
        {'expression': '1', 'inputs': ['spend']}                                    | inputs[0] bad_reference
        {'expression': '1', 'request': [{'name': 'y'}]}                             | request[0].type missing_field
        {'expression': '1', 'request': [{'name': 'y', 'type': 'FLAOT'}]}            | request[0].type unknown_type
        {'expression': '1', 'type': 'STRING'}                                       | expression type_mismatch
        {'expression': '1', 'source': 'x', 'inputs': []}                            | source one_of
        {'expression': '1', 'source': 'x', 'entity': {}}                            | entity conflicting_fields
        {'expression': '1', 'entity': {}, 'values': {}}                             | values one_of
        {'expression': '1', 'as_of': '2026-01-01T00:00:00Z'}                        | as_of conflicting_fields
        {'expression': '1', 'values': {}, 'as_of': 'now'}                           | as_of type
        {'expression': '1', 'values': {'x': 1}}                                     | values.x unknown_column
        {'expression': '1', 'request': [{'name': 'y', 'type': 'INT64'}], 'entity': {}} | entity.y missing_request_value
        {'expression': '1', 'request': [{'name': 'y', 'type': 'INT64'}], 'values': {'request.y': 'z'}} | values.request.y type
        """)
    void whatIsWrongIsToldWithItsPlace(String body, String wrong) {
        assertThat(evaluate(body).refused(422, "invalid").wrongs()).contains(wrong);
    }

    @Test
    void keysAreCheckedAsInLookups() {
        String total = "{'expression': 'spend.total', 'inputs': ['spend:total'], 'entity': %s}";

        evaluate(total.formatted("{}")).refused(400, "missing_key");
        assertThat(evaluate(total.formatted("{'card_id': 'a', 'crad': 1}"))
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("entities[0].crad unknown_column");
        evaluate("{'expression': '1', 'source': 'nowhere', 'values': {}}").refused(404, "not_found");
        evaluate("{'expression': '1', 'sauce': 'x'}").refused(400, "malformed_request");
        evaluate("{'expression': '%s'}".formatted("x".repeat(2 << 20))).refused(413, "payload_too_large");
        assertThat(evaluate("{'expression': '%s1'}".formatted("1 + ".repeat(3_000)))
                        .refused(422, "invalid")
                        .detail())
                .contains("longer than 10000 characters");
    }
}
