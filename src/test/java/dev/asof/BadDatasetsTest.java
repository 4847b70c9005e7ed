package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Wrong requests for training datasets; none of them leaves anything behind. */
class BadDatasetsTest extends BadInputTestBase {

    private static final String AS_OF = "2026-06-01T00:00:00Z";

    @BeforeEach
    void defineService() {
        define();
    }

    @AfterEach
    void nothingIsLeft() {
        assertThat(jdbc.sql("select count(*) from asof.training_dataset where name = ?")
                        .param(name)
                        .query(Long.class)
                        .single())
                .isZero();
        assertThat(jdbc.sql("select count(*) from pg_tables where schemaname = 'datasets' and tablename like"
                                + " 'loading%'")
                        .query(Long.class)
                        .single())
                .isZero();
        assertThat(jdbc.sql("select count(*) from pg_tables where schemaname = 'datasets' and tablename like ?")
                        .param(name + "%")
                        .query(Long.class)
                        .single())
                .isZero();
    }

    private Map<String, Object> request(Object... more) {
        var request = new LinkedHashMap<String, Object>();
        request.put("name", name);
        request.put("feature_service", name + "_svc");
        request.put("spine", Map.of("rows", rows()));
        for (int i = 0; i < more.length; i += 2) {
            request.put((String) more[i], more[i + 1]);
        }
        return request;
    }

    private static List<Map<String, Object>> rows() {
        var rows = new ArrayList<Map<String, Object>>();
        for (int day = 10; day < 30; day++) {
            rows.add(Map.of(
                    "card_id",
                    "a",
                    "as_of",
                    String.format(Locale.ROOT, "2026-01-%dT00:00:00Z", day),
                    "label",
                    day % 2,
                    "seen",
                    String.format(Locale.ROOT, "2026-01-%dT12:00:00Z", day)));
        }
        return rows;
    }

    private Answer order(Object... more) {
        return post("/training-datasets", JSON, json(request(more)));
    }

    private Answer splits(Map<String, Object> splits) {
        return order("splits", splits, "label_column", "label", "label_timestamp_column", "seen");
    }

    private Answer row(Map<String, Object> row) {
        return order("spine", Map.of("rows", List.of(row)));
    }

    private Answer sql(String sql) {
        return order("spine", Map.of("sql", sql));
    }

    private static String day(int day) {
        return String.format(Locale.ROOT, "2026-01-%02dT00:00:00Z", day);
    }

    @Test
    void whatIsWrongIsToldAtOnce() {
        var answer = post(
                "/training-datasets",
                JSON,
                json(Map.of(
                        "name",
                        "Not A Name",
                        "label_source",
                        name + "_ty",
                        "time_zone",
                        "Mars/Olympus",
                        "known",
                        "yesterday",
                        "leakage_thresholds",
                        Map.of("auc_warning", 7),
                        "splits",
                        Map.of("train", Map.of("until", "soon")),
                        "tags",
                        java.util.Collections.singletonMap("a", null))));
        assertThat(answer.refused(422, "invalid").wrongs())
                .contains(
                        "name name",
                        "label_source unknown_source",
                        "time_zone unknown_time_zone",
                        "known type",
                        "leakage_thresholds.auc_warning out_of_range",
                        "splits.train.until type",
                        "tags.a type",
                        "feature_service one_of",
                        "spine one_of");
        assertThat(answer.suggestions()).contains(name + "_tx");
    }

    @Test
    void bodiesThatAreNoRequestAreMalformed() {
        for (String body : List.of("", "null", "[]", "{", "{\"nmae\":\"x\"}", "{\"name\":1}", "{\"strict\":\"yes\"}")) {
            post("/training-datasets", JSON, body).refused(400, "malformed_request");
        }
        post("/training-datasets", "text/plain", "{}").refused(415, "unsupported_media_type");
    }

    @Test
    void spineColumnsThatCantBeAreNamed() {
        assertThat(row(Map.of("card_id", "a", "as_of", AS_OF, "ctid", 1))
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("ctid column_name");
        assertThat(row(Map.of("card_id", "a", "as_of", AS_OF, "x".repeat(64), 1))
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("x".repeat(64) + " column_name");
        assertThat(row(Map.of("card_id", "a", "as_of", AS_OF, name + "_view__last_n", 1))
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly(name + "_view__last_n column_name_taken");
        assertThat(sql("select 'a' as card_id, timestamptz '2026-01-01' as as_of, 1 as x, 2 as x")
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("x duplicate_column");
        assertThat(order("label_column", "lable").refused(422, "invalid").suggestions())
                .contains("label");
        assertThat(order("label_column", "as_of").refused(422, "invalid").wrongs())
                .containsExactly("label_column as_of_column");
        assertThat(order("label_timestamp_column", "card_id")
                        .refused(422, "invalid")
                        .violations())
                .hasSize(20);
    }

    @Test
    void spineRowsThatCantBeAreNamed() {
        var withoutTime = new LinkedHashMap<String, Object>();
        withoutTime.put("card_id", "a");
        withoutTime.put("as_of", null);
        assertThat(row(withoutTime).refused(422, "invalid").wrongs()).containsExactly("spine.rows[0].as_of null_as_of");
        for (String outOfRange : List.of("10000-01-01T00:00:00Z", "-4000-01-01T00:00:00Z", "+12345-01-01")) {
            assertThat(row(Map.of("card_id", "a", "as_of", outOfRange))
                            .refused(422, "invalid")
                            .wrongs())
                    .containsExactly("spine.rows[0].as_of out_of_range");
        }
        for (String outOfRange : List.of("infinity", "-infinity", "20000-01-01 00:00+00", "4000-01-01 00:00+00 BC")) {
            assertThat(sql("select 'a' as card_id, timestamptz '%s' as as_of".formatted(outOfRange))
                            .refused(422, "invalid")
                            .wrongs())
                    .containsExactly("spine.rows[0].as_of out_of_range");
        }
        assertThat(order("spine", Map.of("rows", List.of()))
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("spine empty");
        assertThat(order("spine", Map.of("rows", java.util.Collections.singletonList(null)))
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("spine empty");
        row(Map.of("as_of", AS_OF)).refused(400, "missing_key");
        assertThat(sql("select 'a' as card_id, now() as as_of where false")
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("spine empty");
    }

    @Test
    void sqlThatWritesOrIsNoSpineIsRefused() {
        sql("insert into sources.%s_tx select * from sources.%s_tx".formatted(name, name))
                .refused(422, "invalid");
        sql("drop table asof.batch").refused(422, "invalid");
        sql("select 1; select 2").refused(422, "invalid");
        assertThat(sql("select * from asof.batch").refused(422, "invalid").detail())
                .contains("schemas features");
        var cte = "with x as (delete from sources.%s_tx returning *) select card as card_id, ts as as_of from x"
                .formatted(name);
        assertThat(sql(cte).refused(422, "invalid").detail()).contains("only reads");
        sql("select * from (%s) q".formatted(cte)).refused(422, "invalid");
        assertThat(sql("select 'a' as card_id").refused(422, "invalid").wrongs())
                .containsExactly("as_of missing_as_of");
        assertThat(sql("select 'a' as card_id, date '2026-01-01' as as_of")
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("spine.rows[0].as_of type");
    }

    @Test
    void filesThatAreNoneAreRefused() {
        var body = """
            --b\r
            Content-Disposition: form-data; name="request"\r
            Content-Type: application/json\r
            \r
            %s\r
            --b\r
            Content-Disposition: form-data; name="spine"; filename="s.parquet"\r
            \r
            PAR1 and nothing more\r
            --b--\r
            """.formatted(json(Map.of("name", name, "feature_service", name + "_svc")));
        send(
                        "POST",
                        "/training-datasets",
                        "multipart/form-data; boundary=b",
                        body.getBytes(StandardCharsets.UTF_8),
                        Map.of())
                .refused(400, "malformed_request");
    }

    @Test
    void splitsOutOfOrderOrWithATimeOnBothSidesAreRefused() {
        assertThat(splits(Map.of("train", Map.of("until", day(20)), "test", Map.of("until", day(15))))
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("splits.test.until out_of_order");
        assertThat(splits(Map.of("train", Map.of("until", day(20)), "test", Map.of("from", day(19))))
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("splits.test.from overlap");
        assertThat(splits(Map.of("train", Map.of("from", day(20), "until", day(15)), "test", Map.of()))
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("splits.train.until out_of_order");
        assertThat(splits(Map.of("train", Map.of("until", day(15)), "validation", Map.of(), "test", Map.of()))
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("splits.validation.until missing");
        assertThat(splits(Map.of("train", Map.of("until", day(15))))
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("splits.train missing");
    }

    @Test
    void gapsBelowTheLabelsHorizonAreRefused() {
        assertThat(splits(Map.of("train", Map.of("until", day(20)), "test", Map.of(), "gap", "11h"))
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("splits.gap gap_too_small");
        assertThat(splits(Map.of("train", Map.of("until", day(20)), "test", Map.of("from", "2026-01-20T06:00:00Z")))
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("splits.test.from gap_too_small");
        assertThat(splits(Map.of(
                                "train",
                                Map.of("until", day(20)),
                                "validation",
                                Map.of("until", day(21)),
                                "test",
                                Map.of(),
                                "gap",
                                "2d"))
                        .refused(422, "invalid")
                        .wrongs())
                .contains("splits.validation.until out_of_order");
    }

    @Test
    void splitsWithoutRowsAndFoldsThatAreNoneAreRefused() {
        assertThat(splits(Map.of("train", Map.of("until", day(5)), "test", Map.of("from", day(6))))
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("splits.train empty_split");
        assertThat(splits(Map.of("folds", Map.of("count", 0)))
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly(
                        "splits.folds.count out_of_range",
                        "splits.folds.first_test missing",
                        "splits.folds.length missing");
        assertThat(splits(Map.of("folds", Map.of("count", 9, "first_test", day(12), "length", "7d")))
                        .refused(422, "invalid")
                        .wrongs())
                .isNotEmpty()
                .allMatch(wrong -> wrong.endsWith("empty_split"));
        assertThat(splits(Map.of("folds", Map.of("count", 2, "first_test", day(12), "length", "-1d")))
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("splits.folds.length type");
    }

    @Test
    void whatIsntThereIsNotFoundAndNearMissesAreShown() {
        for (String path :
                List.of("", "/manifest", "/leakage-report", "/sql", "/rows.parquet", "/rows.csv", "/versions")) {
            get("/training-datasets/" + name + path).refused(404, "not_found");
        }
        get("/training-datasets/a@b").refused(400, "malformed_request");
        get("/training-datasets?page_size=0").refused(400, "malformed_request");
        post("/training-datasets/" + name + "@v1/cancel", JSON, "").refused(404, "not_found");
        post("/training-datasets/" + name + "@v1/rebuild", JSON, "").refused(404, "not_found");
        send("DELETE", "/training-datasets/" + name, "", new byte[0], Map.of()).refused(404, "not_found");
        order("feature_service", name + "_scv").refused(404, "not_found");
    }
}
