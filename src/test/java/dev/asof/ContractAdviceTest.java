package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** What a violation advises can be done to the source there is, and then its rows are taken. */
@AsofServerTest
class ContractAdviceTest {

    private static final String CONTRACT = """
        kind: entity
        name: %1$s_thing
        keys: [{name: thing, type: STRING}]
        ---
        kind: source
        name: %1$s
        columns:
          - {name: thing, type: STRING, required: true}
          - {name: at, type: TIMESTAMP}
          - {name: x, type: FLOAT64}
          - {name: y, type: FLOAT32}
          - {name: xs, type: FLOAT64_LIST}
          - {name: seen, type: TIMESTAMP}
          - {name: code, type: STRING}
          - {name: must, type: INT64, required: true}
        event_timestamp: at
        expectations:
          - {column: x, between: [0, 100]}
          - {column: code, matches: "[a-z]+"}
          - {column: must, in: [1, 2]}
          - {unique: [thing]}
        ---
        """;

    private static final String VIEW = """
        kind: feature_view
        name: %1$s_view
        entities: [%1$s_thing]
        source: %1$s
        features:
          - {name: x, column: x}
          - {name: y, column: y}
          - {name: xs, column: xs}
          - {name: seen, column: seen}
          - {name: code, column: code}
          - {name: must, column: must}
          - {name: twice, expression: "x * 2"}
        """;

    @LocalServerPort
    private int port;

    private ApiClient api;

    /**
     * A row that is refused.
     *
     * @param rule that refuses it
     * @param mended replaced in the contract: what it is, and what it becomes
     * @param feature that has the value then
     */
    private record Refused(
            String name, Map<String, Object> values, String rule, List<String> mended, String feature, String value) {

        @Override
        public String toString() {
            return name;
        }
    }

    private static Refused refused(
            String name, String column, Object value, String rule, String from, String to, String then) {
        return new Refused(name, Map.of(column, value), rule, List.of(from, to), column, then);
    }

    static Stream<Refused> advised() {
        return Stream.of(
                refused(
                        "nan",
                        "x",
                        "NaN",
                        "non_finite",
                        "x, type: FLOAT64}|- {column: x, between: [0, 100]}",
                        "x, type: FLOAT64, non_finite: true}|",
                        "NaN"),
                refused(
                        "infinite",
                        "y",
                        "-Infinity",
                        "non_finite",
                        "FLOAT32",
                        "FLOAT32, non_finite: true",
                        "-Infinity"),
                refused(
                        "nan_in_list",
                        "xs",
                        List.of(1, "NaN"),
                        "non_finite",
                        "FLOAT64_LIST",
                        "FLOAT64_LIST, non_finite: true",
                        "[1.0,\"NaN\"]"),
                refused(
                        "local",
                        "seen",
                        "2026-01-01T10:00:00",
                        "no_time_zone",
                        "seen, type: TIMESTAMP",
                        "seen, type: TIMESTAMP, time_zone: Europe/Paris",
                        "2026-01-01T09:00:00.000000Z"),
                refused(
                        "day",
                        "seen",
                        "2026-01-01",
                        "no_time_zone",
                        "seen, type: TIMESTAMP",
                        "seen, type: TIMESTAMP, time_zone: UTC, at: end_of_day",
                        "2026-01-01T23:59:59.999999Z"),
                new Refused(
                        "event_day",
                        Map.of("at", "2026-01-01", "code", "event"),
                        "no_time_zone",
                        List.of("event_timestamp: at", "event_timestamp: {column: at, time_zone: UTC, at: end_of_day}"),
                        "code",
                        "event"),
                refused(
                        "token",
                        "x",
                        "NA",
                        "type",
                        "event_timestamp: at",
                        "event_timestamp: at\nnull_tokens: [NA]",
                        "null"),
                refused("range", "x", 101, "between", "[0, 100]", "[0, 200]", "101.0"),
                refused("range_gone", "x", 101, "between", "- {column: x, between: [0, 100]}", "", "101.0"),
                refused("form", "code", "A1", "matches", "[a-z]+", ".+", "A1"),
                refused("member", "must", 3, "in", "[1, 2]", "[1, 2, 3]", "3"),
                new Refused(
                        "missing",
                        Map.of("must", NULL),
                        "required",
                        List.of("must, type: INT64, required: true", "must, type: INT64"),
                        "must",
                        "null"),
                new Refused(
                        "ahead",
                        Map.of(
                                "at",
                                Instant.now()
                                        .truncatedTo(ChronoUnit.MICROS)
                                        .plusSeconds(3_600)
                                        .toString()),
                        "too_far_in_the_future",
                        List.of("event_timestamp: at", "event_timestamp: at\nmax_future_skew: 2h"),
                        "",
                        ""),
                new Refused("twice", Map.of("code", "b"), "unique", List.of("- {unique: [thing]}", ""), "code", "b"));
    }

    private static final String NULL = "(null)";

    @BeforeEach
    void connect() {
        api = new ApiClient(port);
    }

    @ParameterizedTest
    @MethodSource("advised")
    void I4_whatAViolationAdvisesCanBeDoneAndTheRowReplayed(Refused refused) {
        String source = "adv_" + refused.name();
        String contract = CONTRACT.formatted(source);
        String view = VIEW.formatted(source);
        api.apply(contract + view).expect(200);
        var rows = new ArrayList<Map<String, Object>>();
        if (refused.rule().equals("unique")) {
            rows.add(row(Map.of()));
        }
        rows.add(row(refused.values()));
        var answer = api.rows(source, rows).expect(200).json();
        assertThat(answer.get("violations")
                        .valueStream()
                        .map(violation -> violation.get("rule").asString()))
                .contains(refused.rule());

        var plan = api.apply(mended(contract, refused) + view).expect(200);
        assertThat(plan.json()
                        .get("changes")
                        .valueStream()
                        .map(change -> change.get("action").asString()))
                .as(plan.body())
                .containsExactly("unchanged", "contract_updated", "unchanged");
        assertThat(api.apply(mended(contract, refused) + view).expect(200).body())
                .contains("\"3 unchanged\"");
        var replay = api.post("/sources/" + source + "/quarantine/replay", "application/json", "{}")
                .expect(200);

        assertThat(replay.json().get("accepted").asInt()).as(replay.body()).isOne();
        assertThat(replay.json().get("remaining").asInt()).isZero();
        if (!refused.feature().isEmpty()) {
            assertThat(online(source, refused.feature())).isEqualTo(refused.value());
        }
    }

    @Test
    void I4_aBatchThatWasRefusedIsTakenByALooserContract() {
        String contract = CONTRACT.formatted("adv_batch");
        api.apply(contract).expect(200);
        var rows = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < 100; i++) {
            rows.add(row(Map.of("thing", "t" + i, "x", i < 10 ? -1 : 1)));
        }
        String csv = "thing,at\nz,2026-01-01T00:00:00Z\n";

        assertThat(api.rows("adv_batch", rows).expect(422).body()).contains("max_invalid_ratio");
        assertThat(api.post("/sources/adv_batch/rows", "text/csv", csv)
                        .expect(422)
                        .body())
                .contains("must");
        api.apply(contract.replace("type: INT64, required: true", "type: INT64")
                        .replace("event_timestamp: at", "event_timestamp: at\nmax_invalid_ratio: 0.2"))
                .expect(200);

        assertThat(api.rows("adv_batch", rows)
                        .expect(200)
                        .json()
                        .get("accepted")
                        .asInt())
                .isEqualTo(90);
        api.post("/sources/adv_batch/rows", "text/csv", csv).expect(200);
    }

    private static String mended(String contract, Refused refused) {
        String[] from = refused.mended().getFirst().split("\\|");
        String[] to = refused.mended().getLast().split("\\|", -1);
        String mended = contract;
        for (int i = 0; i < from.length; i++) {
            assertThat(mended).contains(from[i]);
            mended = mended.replace(from[i], to[i]);
        }
        return mended;
    }

    private static Map<String, Object> row(Map<String, Object> values) {
        var row =
                new HashMap<String, Object>(Map.of("thing", "a", "at", "2026-01-01T00:00:00Z", "code", "a", "must", 1));
        row.putAll(values);
        row.values().removeIf(NULL::equals);
        return row;
    }

    private String online(String source, String feature) {
        var answer = api.postJson(
                "/online-features",
                Map.of("features", List.of(source + "_view:" + feature), "entities", List.of(Map.of("thing", "a"))));
        var value = answer.expect(200).json().get("rows").get(0).get("values").get(0);
        return value.isString() ? value.asString() : value.toString();
    }
}
