package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.AsofServerTest;
import dev.asof.support.Meters;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** Datasets with one kind of leakage each, and one without any. */
@AsofServerTest
class LeakageReportTest {

    @LocalServerPort
    private int port;

    private Meters meters;

    @BeforeEach
    void define() {
        meters = new Meters(port).define("");
    }

    /** 200 rows, a minute apart; each label comes ten minutes after. */
    private List<Map<String, Object>> spine(int labelDelay) {
        var spine = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < 200; i++) {
            var row = new LinkedHashMap<String, Object>();
            row.put("meter", "m" + i % 5);
            row.put("as_of", Meters.at(i + 100));
            row.put("late", i % 2 == 0);
            row.put("landed", Meters.at(i + 100 + labelDelay));
            spine.add(row);
        }
        return spine;
    }

    private JsonNode report(Map<String, Object> request) {
        return meters.leakageReport(meters.build(request));
    }

    private Map<String, Object> request(int labelDelay, Object... more) {
        var request = meters.request(more);
        request.put("spine", Map.of("rows", spine(labelDelay)));
        request.put("label_column", "late");
        request.put("label_timestamp_column", "landed");
        return request;
    }

    /** A row a minute of each meter, known some minutes later; its amount tells nothing. */
    private void sendNoise(int offset, int knownAfter) {
        var rows = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < 300; i++) {
            for (int meter = 0; meter < 5; meter++) {
                var row = Meters.row("m" + meter, i, i + knownAfter, (i * 7919 % 101) / 3.0);
                row.put(
                        "at",
                        java.time.Instant.parse(Meters.at(i))
                                .plusSeconds(offset)
                                .toString());
                row.put("big", (long) i * 104_729 % 1_009);
                rows.add(row);
            }
        }
        meters.send(rows);
    }

    private static JsonNode finding(JsonNode report, String check) {
        for (JsonNode finding : report.get("findings")) {
            if (finding.get("check").asString().equals(check)) {
                return finding;
            }
        }
        throw new AssertionError("No finding of " + check + ": " + report.toPrettyString());
    }

    private static String outcome(JsonNode report, String check) {
        for (JsonNode outcome : report.get("checks")) {
            if (outcome.get("check").asString().equals(check)) {
                return outcome.get("outcome").asString();
            }
        }
        throw new AssertionError(report.toPrettyString());
    }

    @Test
    void aCleanDatasetIsCalledClean() {
        sendNoise(-30, 0);
        var report =
                report(request(10, "strict", true, "label_source", meters.name() + "_rows", "fail_on_leakage", true));
        assertThat(report.get("verdict").asString()).as(report.toPrettyString()).isEqualTo("clean");
        assertThat(report.get("checks")).hasSize(10);
        assertThat(outcome(report, "gives_label_away")).isEqualTo("passed");
        assertThat(outcome(report, "entities_across_splits")).isEqualTo("skipped");
    }

    @Test
    void labelsFromBeforeTheirAsOfTimeAreCritical() {
        sendNoise(-30, 0);
        var found = finding(report(request(-10)), "label_before_as_of");
        assertThat(found.get("severity").asString()).isEqualTo("critical");
        assertThat(found.get("count").asLong()).isEqualTo(200);
        assertThat(found.get("share").asDouble()).isEqualTo(1);
        assertThat(found.get("examples")).hasSize(5);
        assertThat(found.get("examples").get(0).get("label_timestamp").asString())
                .startsWith("2026-01-01T01:30");
    }

    @Test
    void valuesThatBecameKnownLaterAreCountedByFeature() {
        sendNoise(-30, 5);
        var report = report(request(10));
        var found = finding(report, "known_after_as_of");
        assertThat(found.get("severity").asString()).isEqualTo("critical");
        assertThat(found.get("feature").asString()).isEqualTo(meters.name() + "_view__amount");
        assertThat(found.get("count").asLong()).isEqualTo(200);
        assertThat(found.get("examples").get(0).get("known_timestamp").asString())
                .isEqualTo("2026-01-01T01:45:00.000000Z");
        assertThat(outcome(report(request(10, "known", "as_recorded")), "known_after_as_of"))
                .isEqualTo("passed");
    }

    @Test
    void aHistoryLoadedAfterwardsIsAdvisedToSayWhenItWasKnown() {
        meters.api().apply("""
            kind: source
            name: %1$s_late
            type: push
            columns: [{name: at, type: TIMESTAMP}, {name: meter, type: STRING}, {name: amount, type: FLOAT64}]
            event_timestamp: at
            ---
            kind: feature_view
            name: %1$s_loaded
            entities: [%1$s_meter]
            source: %1$s_late
            features: [{name: amount, column: amount}]
            """.formatted(meters.name())).expect(200);
        var rows = new ArrayList<Map<String, Object>>();
        for (int meter = 0; meter < 5; meter++) {
            rows.add(Map.of("at", Meters.at(50), "meter", "m" + meter, "amount", 1.5));
        }
        meters.api().rows(meters.name() + "_late", rows).expect(200);
        var request = request(10);
        request.remove("feature_service");
        request.put("features", List.of(meters.name() + "_loaded:*"));
        var advice = "declare known_after or known_timestamp in source '%s_late'".formatted(meters.name());

        var found = finding(report(request), "known_after_as_of");
        assertThat(found.get("message").asString()).contains(advice);
        request.put("known", "as_recorded");
        var nulls = finding(report(request), "mostly_null");
        assertThat(nulls.get("severity").asString()).isEqualTo("warning");
        assertThat(nulls.get("count").asLong()).isEqualTo(200);
        assertThat(nulls.get("message").asString()).contains(advice);
    }

    @Test
    void eventsAtTheAsOfTimeOfTheLabelsOwnSourceAreCriticalWithoutStrict() {
        sendNoise(0, 0);
        var report = report(request(10, "label_source", meters.name() + "_rows"));
        assertThat(finding(report, "event_at_as_of").get("count").asLong()).isEqualTo(200);
        assertThat(finding(report, "label_source_not_strict").get("severity").asString())
                .isEqualTo("critical");
        assertThat(report.get("verdict").asString()).isEqualTo("leaking");
        assertThat(report(request(10, "label_source", meters.name() + "_rows", "strict", true))
                        .get("verdict")
                        .asString())
                .isEqualTo("clean");
    }

    @Test
    void theLabelsSourceIsFoundInTheSpinesSql() {
        sendNoise(0, 0);
        var request = request(10);
        request.put("spine", Map.of("sql", """
            with recent as (select meter, at as as_of, big %% 2 = 0 as late from sources.%s_rows where big > 0)
            select *, as_of + interval '1 minute' as landed from recent\
            """.formatted(meters.name())));
        var found = finding(report(request), "label_source_not_strict");
        assertThat(found.get("severity").asString()).isEqualTo("critical");
        assertThat(found.get("message").asString()).contains(meters.name() + "_rows");
    }

    @Test
    void aFeatureThatTellsTheLabelIsFoundAndThresholdsAreSettable() {
        var rows = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < 200; i++) {
            rows.add(Meters.row("m" + i % 5, i + 100, i + 100, i % 2 == 0 ? 50.0 + i : 1.0 * i % 50));
        }
        meters.send(rows);
        var report = report(request(10));
        var found = finding(report, "gives_label_away");
        assertThat(found.get("severity").asString()).isEqualTo("critical");
        assertThat(found.get("feature").asString()).isEqualTo(meters.name() + "_view__amount");
        assertThat(found.get("value").asDouble()).isEqualTo(1);
        var lenient = report(request(
                10, "leakage_thresholds", Map.of("auc_critical", 1, "auc_warning", 1, "null_rate_difference", 1)));
        assertThat(finding(lenient, "gives_label_away").get("value").asDouble()).isEqualTo(1);
    }

    @Test
    void whatSplitsShareAndWhereTheyDifferIsReported() {
        var rows = new ArrayList<Map<String, Object>>();
        for (int meter = 0; meter < 5; meter++) {
            rows.add(Meters.row("m" + meter, 50, 50, 1.0));
        }
        for (int meter = 0; meter < 2; meter++) {
            rows.add(Meters.row("m" + meter, 250, 250, null));
        }
        meters.send(rows);
        var report = report(request(
                10,
                "splits",
                Map.of("train", Map.of("until", Meters.at(200)), "test", Map.of("from", Meters.at(250)))));
        assertThat(finding(report, "entities_across_splits").get("count").asLong())
                .isEqualTo(5);
        var duplicates = finding(report, "duplicates_across_splits");
        assertThat(duplicates.get("severity").asString()).isEqualTo("warning");
        assertThat(duplicates.get("count").asLong())
                .as("the three meters without a new row")
                .isEqualTo(30);
        var nulls = finding(report, "null_rates_differ");
        assertThat(nulls.get("feature").asString()).isEqualTo(meters.name() + "_view__amount");
        assertThat(nulls.get("value").asDouble()).isEqualTo(0.4);
    }
}
