package dev.asof.ondemand;

import static dev.asof.ondemand.Cards.row;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.AsofServerTest;
import dev.asof.support.Meters;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** Training datasets with on-demand features: manifests, SQL, building again, leakage. */
@AsofServerTest
class OnDemandDatasetsTest {

    @LocalServerPort
    private int port;

    @Value("${spring.datasource.url}")
    private String url;

    @Value("${asof.reader.password}")
    private String readerPassword;

    private Cards cards;
    private Meters datasets;

    @BeforeEach
    void define() {
        cards = new Cards(port).define().send();
        datasets = new Meters(port, cards.name());
    }

    /** Rows of cards a and b in turn, an hour apart, with a label. */
    private List<Map<String, Object>> spine(int rows) {
        var spine = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < rows; i++) {
            spine.add(row(
                    "card",
                    i % 2 == 0 ? "a" : "b",
                    "as_of",
                    String.format(Locale.ROOT, "2026-03-%02dT%02d:00:00Z", 9 + i / 24, i % 24),
                    "amount",
                    i % 7 == 0 ? null : i * 1.5,
                    "category",
                    i % 3 == 0 ? "fuel" : "food",
                    "fraud",
                    i % 5 == 0));
        }
        return spine;
    }

    private Map<String, Object> request(List<Map<String, Object>> spine, Object... more) {
        var request = row(
                "name",
                cards.name(),
                "feature_service",
                cards.named("$_model"),
                "spine",
                Map.of("rows", spine),
                "label_column",
                "fraud");
        for (int i = 0; i < more.length; i += 2) {
            request.put((String) more[i], more[i + 1]);
        }
        return request;
    }

    private List<Map<String, Object>> joined(List<Map<String, Object>> spine) {
        return cards.api()
                .postJson(
                        "/historical-features",
                        row("feature_service", cards.named("$_model"), "spine", Map.of("rows", spine)))
                .expect(200)
                .lines();
    }

    @Test
    void aDatasetHasTheRowsOfTheJoinAndItsManifestThePrograms() {
        var dataset = datasets.build(request(spine(48)));

        assertThat(datasets.rows(dataset)).isEqualTo(joined(spine(48)));
        var manifest = datasets.manifest(dataset);
        assertThat(manifest.get("definitions"))
                .extracting(pinned ->
                        pinned.get("kind").asString() + " " + pinned.get("name").asString())
                .contains(
                        "on_demand_feature_view " + cards.name() + "_risk",
                        "on_demand_feature_view " + cards.name() + "_score");
        var programs = manifest.get("on_demand");
        assertThat(programs)
                .extracting(program -> program.get("view").asString())
                .containsExactly(cards.named("$_risk@v1"), cards.named("$_score@v1"));
        var risk = programs.get(0);
        assertThat(risk.get("evaluator").asInt()).isPositive();
        assertThat(risk.get("inputs"))
                .extracting(JsonNode::asString)
                .contains(cards.named("$_activity@v1:sum_7d"), cards.named("$_activity@v1:spent_keys"));
        assertThat(risk.get("request_values").toString())
                .isEqualTo("[{\"name\":\"amount\",\"type\":\"FLOAT64\"},{\"name\":\"category\",\"type\":\"STRING\"}]");
        var ratio = risk.get("features").get(0);
        assertThat(ratio.get("name").asString()).isEqualTo("ratio");
        assertThat(ratio.get("column").asString()).isEqualTo(cards.named("$_risk__ratio"));
        assertThat(ratio.get("type").asString()).isEqualTo("FLOAT64");
        assertThat(ratio.get("expression").asString()).isEqualTo(cards.named("request.amount / $_activity.sum_7d"));
        long zeros = datasets.rows(dataset).stream()
                .filter(row -> row.get("card").equals("b") && row.get("amount") != null)
                .count();
        assertThat(ratio.get("failed").asLong()).isEqualTo(zeros).isPositive();
        assertThat(programs.get(1).get("inputs"))
                .extracting(JsonNode::asString)
                .containsExactly(cards.named("$_risk@v1:ratio"), cards.named("$_activity@v1:count_7d"));
        assertThat(manifest.get("columns"))
                .filteredOn(column -> column.get("name").asString().equals(cards.named("$_risk__hours")))
                .allSatisfy(column -> assertThat(column.get("max").asInt()).isEqualTo(23))
                .hasSize(1);
    }

    @Test
    void whatIsOnlyComputedFromIsInTheManifestToo() {
        var dataset = datasets.build(row(
                "name",
                cards.name(),
                "features",
                List.of(cards.named("$_score:score")),
                "spine",
                Map.of("rows", spine(4))));
        var programs = datasets.manifest(dataset).get("on_demand");
        assertThat(programs.get(0).get("features")).hasSize(1);
        assertThat(programs.get(0).get("features").get(0).get("name").asString())
                .isEqualTo("ratio");
        assertThat(programs.get(0).get("features").get(0).has("column")).isFalse();
        assertThat(datasets.rows(dataset).getFirst().keySet())
                .containsExactly("card", "as_of", "amount", "category", "fraud", cards.named("$_score__score"));
    }

    @Test
    void A7_buildingAgainGivesTheSameRowsWhateverCameAndWasDefinedSince() {
        var dataset = datasets.build(request(spine(48)));
        cards.send(
                Cards.payment("2026-03-09T00:00:00Z", "a", 11.0, "food"),
                Cards.payment("2026-03-09T05:00:00Z", "b", 7.0, "food"));
        cards.api().apply(cards.named("""
            kind: on_demand_feature_view
            name: $_score
            inputs: ["$_risk:ratio", "$_activity:count_7d"]
            request: [{name: amount, type: FLOAT64}]
            features:
              - {name: score, expression: "coalesce($_risk.ratio, 1.0) * $_activity.count_7d"}
              - {name: same, expression: "request.amount"}
            """)).expect(200);
        cards.api()
                .post(cards.named("/on-demand-feature-views/$_score/versions/2/promote"), "application/json", "")
                .expect(200);
        assertThat(joined(spine(48))).isNotEqualTo(datasets.rows(dataset));

        var again = datasets.rebuild(dataset);
        assertThat(datasets.manifest(again).get("rebuilt_from").get("matches").asBoolean())
                .isTrue();
        assertThat(datasets.rows(again)).isEqualTo(datasets.rows(dataset));
        assertThat(datasets.manifest(again).get("on_demand"))
                .isEqualTo(datasets.manifest(dataset).get("on_demand"));
        assertThat(cards.api()
                        .post(cards.named("/on-demand-feature-views/$_score/versions/1/retire"), "application/json", "")
                        .expect(409)
                        .body())
                .contains(dataset);
    }

    @Test
    void theSqlGivesTheInputsAndNamesWhatItDoesNotCompute() throws SQLException {
        var dataset = datasets.build(request(spine(8)));
        var sql = cards.api()
                .get("/training-datasets/" + dataset + "/sql")
                .expect(200)
                .body();

        assertThat(sql)
                .startsWith("-- On-demand features are not computed in SQL")
                .contains(cards.named(
                        "-- $_risk__ratio ($_risk@v1, FLOAT64):\n--     request.amount / $_activity.sum_7d\n"))
                .contains(cards.named("-- $_score__score ($_score@v1, FLOAT64):\n"));
        try (var connection = DriverManager.getConnection(url, "asof_reader", readerPassword);
                var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            var names = new ArrayList<String>();
            for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                names.add(result.getMetaData().getColumnLabel(i));
            }
            assertThat(names)
                    .startsWith("card", "as_of", "amount", "category", "fraud", cards.named("$_activity__last_amount"))
                    .contains(cards.named("$_activity__sum_7d"), cards.named("$_activity__spent_keys"))
                    .doesNotContain(cards.named("$_risk__ratio"));
            var rows = datasets.rows(dataset);
            for (var row : rows) {
                assertThat(result.next()).isTrue();
                var amount = (Double) result.getObject("amount");
                double sum = result.getDouble(cards.named("$_activity__sum_7d"));
                assertThat(row.get(cards.named("$_risk__ratio")))
                        .isEqualTo(amount == null || sum == 0 ? null : (Object) (amount / sum));
            }
            assertThat(result.next()).isFalse();
        }
    }

    @Test
    void anExpressionOfSeveralLinesStaysAComment() {
        cards.api().apply(cards.named("""
            kind: on_demand_feature_view
            name: $_lines
            request: [{name: amount, type: FLOAT64}]
            features:
              - {name: twice, expression: "request.amount\\n+ request.amount\\r+ 0"}
            """)).expect(200);
        var dataset = datasets.build(row(
                "name",
                cards.name(),
                "features",
                List.of(cards.named("$_lines:twice")),
                "spine",
                Map.of("rows", spine(2))));
        assertThat(cards.api()
                        .get("/training-datasets/" + dataset + "/sql")
                        .body()
                        .lines()
                        .filter(line -> !line.startsWith("--"))
                        .findFirst())
                .hasValueSatisfying(line -> assertThat(line).startsWith("select "));
    }

    @Test
    void theSqlLeavesOutViewsThatNothingReads() {
        cards.api().apply(cards.named("""
            kind: on_demand_feature_view
            name: $_unread
            inputs: ["$_activity:*"]
            request: [{name: amount, type: FLOAT64}]
            features: [{name: twice, expression: "request.amount * 2"}]
            """)).expect(200);
        var dataset = datasets.build(row(
                "name",
                cards.name(),
                "features",
                List.of(cards.named("$_unread:twice")),
                "spine",
                Map.of("rows", spine(2))));

        assertThat(cards.api().get("/training-datasets/" + dataset + "/sql").body())
                .contains("select s.")
                .doesNotContain("join");
    }

    private JsonNode finding(JsonNode report, String check, String feature) {
        for (JsonNode finding : report.get("findings")) {
            if (finding.get("check").asString().equals(check)
                    && feature.equals(finding.path("feature").asString(""))) {
                return finding;
            }
        }
        throw new AssertionError("No %s of %s: %s".formatted(check, feature, report.toPrettyString()));
    }

    @Test
    void aRequestValueThatIsTheLabelOrGivesItAwayIsLeakage() {
        var isLabel = datasets.leakageReport(datasets.build(request(spine(8), "label_column", "category")));
        var found = finding(isLabel, "gives_label_away", "category");
        assertThat(found.get("severity").asString()).isEqualTo("critical");
        assertThat(found.get("message").asString()).startsWith("category is the label, and a request value");

        var spine = spine(60);
        spine.forEach(row -> {
            row.put("copy", row.get("amount"));
            row.put("kind", row.get("category") + row.get("as_of").toString().substring(12, 13));
            row.put("category", row.get("kind"));
            row.put("above", row.get("amount") != null && (double) row.get("amount") > 40);
        });
        var copied = datasets.leakageReport(datasets.build(request(spine, "label_column", "copy")));
        assertThat(copied.get("verdict").asString()).isEqualTo("leaking");
        assertThat(finding(copied, "gives_label_away", "amount").get("severity").asString())
                .isEqualTo("critical");
        assertThat(finding(copied, "gives_label_away", cards.named("$_score__same"))
                        .get("severity")
                        .asString())
                .isEqualTo("critical");
        var text = datasets.leakageReport(datasets.build(request(spine, "label_column", "kind")));
        assertThat(finding(text, "gives_label_away", "category").get("message").asString())
                .isEqualTo("category is the same as the label in each of 60 rows: look whether it is known at the as-of"
                        + " time");
        var separates = datasets.leakageReport(datasets.build(request(spine, "label_column", "above")));
        assertThat(finding(separates, "gives_label_away", "amount").get("value").asDouble())
                .isEqualTo(1);

        var fair = datasets.leakageReport(datasets.build(request(spine(60))));
        assertThat(fair.get("findings"))
                .noneMatch(finding -> finding.get("check").asString().equals("gives_label_away"));
        assertThat(fair.get("checks")).hasSize(10);
    }

    @Test
    void onDemandFeaturesHaveTheTimesOfWhatTheyRead() {
        cards.send(row("at", "2026-03-10T06:00:00Z", "known", "2026-03-12T00:00:00Z", "card", "a", "amount", 60.0));
        var spine = List.of(
                row("card", "a", "as_of", "2026-03-10T06:00:00Z", "amount", 1.0, "category", "fuel", "fraud", true),
                row("card", "b", "as_of", "2026-03-10T06:00:00Z", "amount", 2.0, "category", "fuel", "fraud", false));
        var report = datasets.leakageReport(datasets.build(row(
                "name",
                cards.name(),
                "features",
                List.of(cards.named("$_score:*"), cards.named("$_risk:hours"), cards.named("$_risk:inverse")),
                "spine",
                Map.of("rows", spine),
                "label_source",
                cards.named("$_payments"))));

        var known = finding(report, "known_after_as_of", cards.named("$_score__score"));
        assertThat(known.get("count").asLong()).isEqualTo(1);
        assertThat(known.get("severity").asString()).isEqualTo("critical");
        assertThat(known.get("examples").get(0).get("known_timestamp").asString())
                .startsWith("2026-03-12");
        assertThat(report.get("findings"))
                .noneMatch(finding -> finding.path("feature").asString("").endsWith("__hours")
                        || finding.path("feature").asString("").endsWith("__same"));
        var columns = cards.named("$_score__score, $_risk__inverse");
        assertThat(finding(report, "event_at_as_of", columns).get("count").asLong())
                .isEqualTo(1);
        assertThat(finding(report, "label_source_not_strict", columns)
                        .get("severity")
                        .asString())
                .isEqualTo("critical");
    }
}
