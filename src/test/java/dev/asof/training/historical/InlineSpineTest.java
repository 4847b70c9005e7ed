package dev.asof.training.historical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.formats.ResultFormat;
import org.junit.jupiter.api.Test;

class InlineSpineTest extends TrainingServerTest {

    @Test
    void A5_everySpineRowComesBackOnceInOrderWithItsColumnsUntouched() throws Exception {
        var response = postRows("""
            [{"label":1,"origin":"JFK","as_of":"2026-01-01T12:00:00Z","note":"a\\u0000b","tags":["x",null]},
             {"label":0,"origin":"JFK","as_of":"2026-01-03 00:00:00+00","note":"","tags":[]},
             {"label":1,"origin":"JFK","as_of":"2026-01-01T12:00:00Z","note":"a\\u0000b","tags":["x",null]},
             {"label":null,"origin":null,"as_of":"2026-01-03T00:00:00Z"},
             {"label":9223372036854775807,"origin":"nowhere","as_of":"2026-01-03T00:00:00Z"}]\
            """);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/x-ndjson");
        assertThat(response.headers().firstValue("Content-Disposition"))
                .hasValue("attachment; filename=\"historical_features.ndjson\"");
        assertThat(response.body().lines())
                .containsExactly(
                        "{\"label\":1,\"origin\":\"JFK\",\"as_of\":\"2026-01-01T12:00:00.000000Z\",\"note\":\"a\\u0000b\","
                            + "\"tags\":[\"x\",null],\"delays__avg_delay\":1.5,\"delays__flights\":9007199254740993}",
                        "{\"label\":0,\"origin\":\"JFK\",\"as_of\":\"2026-01-03T00:00:00.000000Z\",\"note\":\"\","
                                + "\"tags\":[],\"delays__avg_delay\":2.5,\"delays__flights\":2}",
                        "{\"label\":1,\"origin\":\"JFK\",\"as_of\":\"2026-01-01T12:00:00.000000Z\",\"note\":\"a\\u0000b\","
                            + "\"tags\":[\"x\",null],\"delays__avg_delay\":1.5,\"delays__flights\":9007199254740993}",
                        "{\"label\":null,\"origin\":null,\"as_of\":\"2026-01-03T00:00:00.000000Z\",\"note\":null,"
                                + "\"tags\":null,\"delays__avg_delay\":null,\"delays__flights\":null}",
                        "{\"label\":9223372036854775807,\"origin\":\"nowhere\",\"as_of\":\"2026-01-03T00:00:00.000000Z\","
                            + "\"note\":null,\"tags\":null,\"delays__avg_delay\":null,\"delays__flights\":null}");
    }

    @Test
    void int64CanBeWrittenAsText() throws Exception {
        var response = post("?int64=string", """
            {"features":["delays:*"],"spine":{"rows":[{"origin":"JFK","as_of":"2026-01-01T12:00:00Z"}]}}\
            """);

        assertThat(response.body()).contains("\"delays__flights\":\"9007199254740993\"");
    }

    @Test
    void aServicesTrainingDefaultsHoldUnlessTheRequestSaysOtherwise() throws Exception {
        var request = """
            {"feature_service":"delay_model",%s"spine":{"rows":[{"origin":"JFK","as_of":"2026-01-02T00:00:00Z"}]}}\
            """;

        var byDefault = post(request.formatted(""));
        assertThat(byDefault.body()).contains("\"delays__avg_delay\":1.5");
        assertThat(byDefault.headers().firstValue("Content-Disposition"))
                .hasValue("attachment; filename=\"delay_model_v3.ndjson\"");
        assertThat(post(request.formatted("\"strict\":false,")).body()).contains("\"delays__avg_delay\":2.5");
    }

    @Test
    void csvTellsNullFromTheEmptyString() throws Exception {
        var response = post("?format=csv", """
            {"features":["delays:*"],"spine":{"rows":[
              {"origin":"SFO","as_of":"2026-01-02T00:00:00Z","a":"","b":null,"c":"x,\\"y\\"","d":[1,2.5]}]}}\
            """);

        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/csv;charset=utf-8");
        assertThat(response.body())
                .isEqualTo("origin,as_of,a,b,c,d,delays__avg_delay,delays__flights\r\n"
                        + "SFO,2026-01-02T00:00:00.000000Z,\"\",,\"x,\"\"y\"\"\",\"[1.0,2.5]\",,7\r\n");
    }

    @Test
    void localTimesNeedATimeZoneAndAmbiguousOnesNameTheirRow() throws Exception {
        var request = """
            {"features":["delays:*"],%s"spine":{"rows":[{"origin":"JFK","as_of":"%s"}]}}\
            """;

        assertThat(post(request.formatted("", "2026-01-01T12:00:00")).statusCode())
                .isEqualTo(422);
        var zone = "\"time_zone\":\"America/New_York\",";
        assertThat(post(request.formatted(zone, "2026-01-01T12:00:00")).body()).contains("2026-01-01T17:00:00.000000Z");
        assertThat(post(request.formatted(zone, "2026-11-01T01:30:00")).body())
                .contains("ambiguous_local_time", "Row 1", "spine.rows[0].as_of");
        assertThat(post(request.formatted(zone, "2026-03-08T02:30:00")).body()).contains("nonexistent_local_time");
    }

    @Test
    void everyViolationIsListedAtOnce() throws Exception {
        var response = postRows("""
            [{"origin":"JFK","as_of":null},{"origin":"JFK","as_of":"yesterday"},{"as_of":"2026-01-01T00:00:00Z"},
             {"origin":"%s","as_of":"2026-01-01T00:00:00Z"},{"origin":"a\\u0000","as_of":"2026-01-01T00:00:00Z"},
             {"origin":5,"as_of":"2026-01-01T00:00:00.0000001Z","x":{"a":1}},null]\
            """.formatted("k".repeat(6000)));

        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(response.body())
                .contains("null_as_of", "spine.rows[0].as_of", "spine.rows[1].as_of", "missing_key", "key_too_long")
                .contains("nul_character", "spine.rows[5].origin", "spine.rows[5].x", "spine.rows[6].as_of");
    }

    @Test
    void manyViolationsAreCountedAndCapped() throws Exception {
        var response = postRows("[" + "{\"origin\":\"JFK\",\"as_of\":null},".repeat(149)
                + "{\"origin\":\"JFK\",\"as_of\":\"2026-01-01T00:00:00Z\"}]");

        assertThat(response.body()).contains("149 violations; the first 100 are listed");
    }

    @Test
    void aMissingKeyColumnIsAnErrorWithNearMisses() throws Exception {
        var response = postRows("[{\"orgin\":\"JFK\",\"as_of\":\"2026-01-01T00:00:00Z\"}]");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("missing_key", "did you mean orgin?");
    }

    @Test
    void aSpineWithoutAsOfNamedLikeAFeatureOrOfMixedTypesIsRefused() throws Exception {
        var noAsOf = postRows("[{\"origin\":\"JFK\",\"asof\":\"2026-01-01T00:00:00Z\",\"delays__flights\":1}]");
        assertThat(noAsOf.statusCode()).isEqualTo(422);
        assertThat(noAsOf.body()).contains("missing_as_of", "did you mean asof?", "column_name_taken");

        var mixed = postRows("""
            [{"origin":"JFK","as_of":"2026-01-01T00:00:00Z","x":1,"y":1.5,"z":[1,"a"]},
             {"origin":"JFK","as_of":"2026-01-01T00:00:00Z","x":"a","y":9007199254740993,"z":[[1]]}]\
            """);
        assertThat(mixed.statusCode()).isEqualTo(422);
        assertThat(mixed.body())
                .contains("column 'x' has values of several kinds", "column 'y' mixes fractions", "A list within");
        assertThat(postRows("[]").statusCode()).isEqualTo(422);
    }

    @Test
    void integersAndFractionsTogetherAreFloats() throws Exception {
        assertThat(postRows("""
            [{"origin":"JFK","as_of":"2026-01-01T00:00:00Z","x":1},
             {"origin":"JFK","as_of":"2026-01-01T00:00:00Z","x":1.5}]\
            """).body()).contains("\"x\":1.0", "\"x\":1.5");
    }

    @Test
    void malformedRequestsAreRefusedWithTheirPlace() throws Exception {
        assertThat(post("{\"features\":[\"delays:*\"],\n \"spine\":{").statusCode())
                .isEqualTo(400);
        assertThat(post("{\"features\":[\"delays:*\"],\n \"spine\":{").body()).contains("line 2");
        assertThat(post("").statusCode()).isEqualTo(400);
        assertThat(post("null").statusCode()).isEqualTo(400);
        assertThat(post("{\"feature_servce\":\"x\"}").body()).contains("unknown_field", "feature_service");
        assertThat(post("{\"spine\":{\"rows\":[],\"sql\":\"select 1\"},\"known\":\"soon\",\"time_zone\":\"Mars\"}")
                        .body())
                .contains("feature_service", "exactly one of rows, sql and source", "as_recorded", "unknown_time_zone");
        assertThat(post("{\"feature_service\":\"delay_modl\",\"spine\":{\"rows\":[]}}")
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void theFormatIsNegotiated() throws Exception {
        assertThat(post("?format=xml", "{}").statusCode()).isEqualTo(400);
        assertThat(post("?int64=hex", "{}").statusCode()).isEqualTo(400);
        assertThat(ResultFormat.negotiate(null, "text/csv;q=0.5, application/vnd.apache.parquet"))
                .isEqualTo(ResultFormat.PARQUET);
        assertThat(ResultFormat.negotiate(null, "application/vnd.apache.arrow.stream"))
                .isEqualTo(ResultFormat.ARROW);
        assertThat(ResultFormat.negotiate("arrow", "text/csv")).isEqualTo(ResultFormat.ARROW);
        assertThat(ResultFormat.negotiate(null, "*/*")).isEqualTo(ResultFormat.NDJSON);
        assertThat(ResultFormat.negotiate(null, "text/*")).isEqualTo(ResultFormat.CSV);
        assertThat(ResultFormat.negotiate("CSV", "image/png")).isEqualTo(ResultFormat.CSV);
        assertThatThrownBy(() -> ResultFormat.negotiate(null, "image/png"))
                .hasMessageContaining("application/x-ndjson");
    }
}
