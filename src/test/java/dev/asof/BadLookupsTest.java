package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Wrong lookups, jobs and requests for training rows. */
class BadLookupsTest extends BadInputTestBase {

    private static final String AS_OF = "2026-06-01T00:00:00Z";
    private static final String WRONG_SHAPES = "null [] 1 \"x\"";

    @BeforeEach
    void defineService() {
        define();
    }

    private Answer lookup(String entities) {
        var body = "{\"feature_service\":\"%s_svc\",\"entities\":%s}".formatted(name, entities);
        return post("/online-features", JSON, body);
    }

    private Answer history(String spine) {
        return post(
                "/historical-features", JSON, "{\"feature_service\":\"%s_svc\",\"spine\":%s}".formatted(name, spine));
    }

    private Answer spineRow(String row) {
        return history("{\"rows\":[%s]}".formatted(row));
    }

    private Answer spineSql(String sql) {
        return history(json(Map.of("sql", sql)));
    }

    @Test
    void bodiesThatAreNoRequestAreMalformed() {
        for (String path : List.of("/online-features", "/historical-features")) {
            for (String body : WRONG_SHAPES.split(" ")) {
                post(path, JSON, body).refused(400, "malformed_request");
            }
            for (String body : List.of(
                    "",
                    "{\"feature_service\":",
                    "{} x",
                    "{\"feature_service\":\"a\",\"feature_service\":\"b\"}",
                    "{\"a\":" + "[".repeat(50_000),
                    "{\"entities\":[{\"k\":" + "9".repeat(50_000) + "}]}",
                    "{\"entities\":NaN}",
                    "{'a':1}")) {
                post(path, JSON, body).refused(400, "malformed_request");
            }
            byte[] latin1 = "{\"feature_service\":\"é\"}".getBytes(StandardCharsets.ISO_8859_1);
            send("POST", path, JSON, latin1, Map.of()).refused(400, "malformed_request");
            post(path, JSON, "{}").refused(422, "invalid");
            post(path, "", "{}").refused(415, "unsupported_media_type");
            post(path, "application/xml", "{}").refused(415, "unsupported_media_type");
            post(path, "multipart/form-data", "{}").refused(400, "malformed_request");
            send("POST", path, JSON, new byte[] {31, (byte) 139}, Map.of("Content-Encoding", "gzip"))
                    .refused(415, "unsupported_media_type");
            send("PUT", path, JSON, new byte[0], Map.of()).refused(405, "method_not_allowed");
        }
        post("/online-features", JSON, " ".repeat(17 << 20)).refused(413, "payload_too_large");
        send("POST", "/online-features", JSON, "{}".getBytes(StandardCharsets.UTF_8), Map.of("Accept", "text/csv"))
                .refused(406, "not_acceptable");
    }

    @Test
    void unknownServicesAndFeaturesHaveNearMisses() {
        for (String path : List.of("/online-features", "/historical-features")) {
            String rest = path.startsWith("/o")
                    ? "\"entities\":[{\"card_id\":\"a\"}]"
                    : "\"spine\":{\"rows\":[{\"card_id\":\"a\",\"as_of\":\"%s\"}]}".formatted(AS_OF);
            for (String wrong : List.of("_svcc", "_svc@vx", "_svc@v0", "_svc@")) {
                var answer = post(path, JSON, "{\"feature_service\":\"%s%s\",%s}".formatted(name, wrong, rest));
                assertThat(answer.refused(404, "not_found").suggestions()).contains(name + "_svc");
            }
            post(path, JSON, "{\"feature_service\":\"%s_svc@v9\",%s}".formatted(name, rest))
                    .refused(404, "not_found");
            post(path, JSON, "{\"feature_service\":\"%s\",%s}".formatted("a".repeat(100_000), rest))
                    .refused(404, "not_found");
            var references = "[\"%1$s_vieww:last_n\",\"%1$s_view:last_m\",\"%1$s_view\"]".formatted(name);
            var features = post(path, JSON, "{\"features\":%s,%s}".formatted(references, rest));
            assertThat(features.refused(422, "invalid").violations()).hasSize(3);
            assertThat(features.suggestions()).contains(name + "_view", "last_n");
            post(path, JSON, "{\"features\":[null],%s}".formatted(rest)).refused(422, "invalid");
            post(path, JSON, "{\"features\":[],%s}".formatted(rest)).refused(422, "invalid");
            post(path, JSON, "{\"features\":[\"a:b\"],\"feature_service\":\"a\",%s}".formatted(rest))
                    .refused(422, "invalid");
            assertThat(post(path + "?int63=string", JSON, "{}")
                            .refused(400, "malformed_request")
                            .suggestions())
                    .containsExactly("int64");
        }
        assertThat(get("/feature-services/%s_svcc/schema".formatted(name))
                        .refused(404, "not_found")
                        .suggestions())
                .contains(name + "_svc");
    }

    @Test
    void keysOfALookupThatAreWrongAreToldAtOnce() {
        var answer = lookup("[{\"card_id\":5},{\"card_idd\":\"a\"},{},{\"card_id\":\"a\"}]");
        assertThat(answer.refused(400, "missing_key").wrongs())
                .containsExactly(
                        "entities[0].card_id type",
                        "entities[1].card_idd unknown_column",
                        "entities[1].card_id missing_key",
                        "entities[2].card_id missing_key");
        assertThat(answer.suggestions()).containsExactly("card_id");
        assertThat(lookup(json(List.of(Map.of("card_id", "k".repeat(6_000)))))
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("entities[0].card_id key_too_long");
        assertThat(lookup("[{\"card_id\":\"a\\u0000b\"}]")
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("entities[0].card_id nul_character");
        assertThat(lookup("[{\"card_id\":\"\\ud800\"}]").refused(422, "invalid").wrongs())
                .containsExactly("entities[0].card_id unpaired_surrogate");
        for (String value : List.of("1e400", "true", "{}", "[\"a\"]")) {
            lookup("[{\"card_id\":" + value + "}]").refused(422, "invalid");
        }
        for (String entities : List.of("{}", "[null]", "[[]]", "[1]", "\"a\"")) {
            lookup(entities).refused(422, "invalid");
        }
        lookup("[{\"card_id\":\"a\",\"card_id\":\"b\"}]").refused(400, "malformed_request");
        lookup("[{\"card_id\":null}]").accepted();
    }

    @Test
    void optionsOfALookupThatAreUnknownHaveNearMisses() {
        var service = "{\"feature_service\":\"%s_svc\",".formatted(name);
        for (String rest : List.of(
                "\"include\":\"statuses\"}", "\"include\":[5]}", "\"column_names\":\"shrt\"}", "\"common\":[]}")) {
            post("/online-features", JSON, service + rest).refused(422, "invalid");
        }
        assertThat(post("/online-features", JSON, service + "\"entites\":[]}")
                        .refused(422, "invalid")
                        .suggestions())
                .containsExactly("entities");
        var both = service + "\"common\":{\"card_id\":\"a\"},\"entities\":[{\"card_id\":\"a\"}]}";
        assertThat(post("/online-features", JSON, both)
                        .refused(400, "malformed_request")
                        .wrongs())
                .containsExactly("entities[0].card_id also_in_common");
    }

    @Test
    void lookupsOfOneEntityThatAreWrongAreRefused() {
        String one = "/online-features/" + name + "_svc";
        get(one).refused(400, "missing_key");
        get(one + "?card=a").refused(400, "missing_key");
        get(one + "?card_id=%FF").refused(400, "malformed_request");
        for (String query : List.of(
                "card_id=a&card_id=b",
                "card_id=%00",
                "card_id=" + "k".repeat(3_000),
                "card_id=a&include=foo",
                "card_id=a&int64=x",
                "card_id=a&column_names=x",
                "card_id=a&x=1")) {
            get(one + "?" + query).refused(422, "invalid");
        }
        assertThat(get(one + "x?card_id=a").refused(404, "not_found").suggestions())
                .contains(name + "_svc");
        get("/online-features/a%2Fb?card_id=a").refused(400, "malformed_request");
    }

    @Test
    void J1_int64IsExactOnEveryWayOut() {
        row("n", Long.MAX_VALUE).accepted();
        String one = "/online-features/" + name + "_svc?card_id=a";
        assertThat(get(one).body()).contains("[1.5,9223372036854775807]");
        assertThat(get(one + "&int64=string").body()).contains("[1.5,\"9223372036854775807\"]");
        var spine = """
            {"feature_service":"%s_svc","spine":{"rows":[{"card_id":"a","as_of":"%s","x":%s}]}}
            """.formatted(name, AS_OF, Long.MIN_VALUE);
        assertThat(post("/historical-features", JSON, spine).body())
                .contains("\"x\":-9223372036854775808", "last_n\":9223372036854775807");
        assertThat(post("/historical-features?int64=string", JSON, spine).body())
                .contains("last_n\":\"9223372036854775807\"");
        post("/historical-features?int64=x", JSON, spine).refused(400, "malformed_request");
    }

    @Test
    void jobsThatAreNotThereAreNotFound() {
        String jobs = "/feature-views/%s_view/materializations".formatted(name);
        for (String body : List.of(
                "[]",
                "{\"version\":\"a\"}",
                "{\"version\":1.5}",
                "{\"version\":99999999999}",
                "{\"version\":true}",
                "{\"verson\":1}",
                "{\"version\":1,\"version\":1}",
                "{\"ver")) {
            post(jobs, JSON, body).refused(400, "malformed_request");
        }
        post(jobs, JSON, "{\"version\":0}").refused(422, "invalid");
        post(jobs, JSON, "{\"version\":9}").refused(404, "not_found");
        String unknown = "/feature-views/%s_vieww/materializations".formatted(name);
        assertThat(post(unknown, JSON, "{}").refused(404, "not_found").suggestions())
                .contains(name + "_view");
        assertThat(get(unknown).refused(404, "not_found").suggestions()).contains(name + "_view");
        for (String id : List.of("0", "-1", "99999999999")) {
            get("/materializations/" + id).refused(404, "not_found");
            post("/materializations/" + id + "/cancel", JSON, "").refused(404, "not_found");
            post("/materializations/" + id + "/resume", JSON, "").refused(404, "not_found");
        }
        for (String id : List.of("abc", "1.5", "99999999999999999999")) {
            get("/materializations/" + id).refused(400, "malformed_request");
        }
    }

    @Test
    void A5_spinesWithoutAsOfOrKeysNameTheRow() {
        spineRow("{\"card_id\":\"a\",\"as_of\":\"%s\"}".formatted(AS_OF)).accepted();
        var misspelt = spineRow("{\"card_id\":\"a\",\"asof\":\"%s\"}".formatted(AS_OF));
        assertThat(misspelt.refused(422, "invalid").suggestions()).containsExactly("asof");
        assertThat(spineRow("{\"card_id\":\"a\",\"as_of\":null}")
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly("spine.rows[0].as_of null_as_of");
        assertThat(spineRow("{\"as_of\":\"%s\"}".formatted(AS_OF))
                        .refused(400, "missing_key")
                        .wrongs())
                .containsExactly("card_id missing_key");
        var mixed = history("""
            {"rows":[{"card_id":"a","as_of":"%1$s"},{"card_id":5,"as_of":"%1$s"},{"card_id":"a"},
             {"as_of":"2026-06-01T00:00:00"},{"card_id":"a\\u0000","as_of":"2026-06-01T00:00:00.1234567Z"},
             {"card_id":"%2$s","as_of":1}]}
            """.formatted(AS_OF, "k".repeat(6_000)));
        assertThat(mixed.refused(422, "invalid").wrongs())
                .containsExactly(
                        "spine.rows[1].card_id type",
                        "spine.rows[2].as_of null_as_of",
                        "spine.rows[3].as_of no_time_zone",
                        "spine.rows[3].card_id missing_key",
                        "spine.rows[4].as_of sub_microsecond",
                        "spine.rows[4].card_id nul_character",
                        "spine.rows[5].as_of type",
                        "spine.rows[5].card_id key_too_long");
    }

    @Test
    void A5_otherColumnsThatWouldComeBackChangedAreRefused() {
        for (String x : List.of(
                "1e400", "1e999999999", "9223372036854775808", "\"\\ud800\"", "{\"a\":1}", "[1,\"a\"]", "[[1]]")) {
            spineRow("{\"card_id\":\"a\",\"as_of\":\"%s\",\"x\":%s}".formatted(AS_OF, x))
                    .refused(422, "invalid");
        }
        spineRow("{\"card_id\":\"a\",\"as_of\":\"%s\",\"%s_view__last_n\":1}".formatted(AS_OF, name))
                .refused(422, "invalid");
        var odd = spineRow("{\"card_id\":\"a\",\"as_of\":\"%s\",\"a\\\"b; drop\":\"\\u0000\"}".formatted(AS_OF));
        assertThat(odd.accepted().body()).contains("\"a\\\"b; drop\":\"\\u0000\"");
    }

    @Test
    void spinesOfTheWrongFormAreRefused() {
        for (String spine : List.of("[]", "\"x\"", "{\"rows\":{}}", "{\"rows\":[1]}", "{\"row\":[]}", "{\"sql\":5}")) {
            history(spine).refused(400, "malformed_request");
        }
        for (String spine : List.of(
                "null",
                "{}",
                "{\"rows\":null}",
                "{\"rows\":[]}",
                "{\"rows\":[null]}",
                "{\"rows\":[],\"sql\":\"select 1\"}")) {
            history(spine).refused(422, "invalid");
        }
        assertThat(history("{\"source\":\"%s_txx\"}".formatted(name))
                        .refused(404, "not_found")
                        .suggestions())
                .contains(name + "_tx");
        var bad = post("/historical-features", JSON, """
            {"feature_service":"x","features":["a:b"],"spine":{},"known":"latst","time_zone":"america/new_york"}
            """).refused(422, "invalid");
        assertThat(bad.wrongs())
                .containsExactly("feature_service one_of", "spine one_of", "time_zone unknown_time_zone", "known type");
        for (String query : List.of("?format=xml", "?format=", "?fromat=csv")) {
            post("/historical-features" + query, JSON, "{}").refused(400, "malformed_request");
        }
    }

    @Test
    void sqlThatIsNotOneSelectOfTheReadersOwnIsRefused() {
        for (String sql : List.of(
                "",
                "select",
                "select 1; select 2",
                "insert into x values (1)",
                "drop table x",
                "commit",
                "set x = 1",
                "begin; select 1",
                "copy x to stdout",
                "explain select 1",
                "show all",
                "select '",
                "select \"",
                "/* x",
                "select $1",
                "select ?",
                "select :a",
                "select 1 into x",
                "select pg_sleep(1)",
                "select 'a\0b'",
                "with x as (delete from sources.%s_tx returning 1) select * from x".formatted(name),
                "select * from asof.batch",
                "select * from sources.nope",
                "select * from sources.%s_tx where".formatted(name),
                "select card as card_id, tss as as_of from sources.%s_tx".formatted(name),
                "x".repeat(200_000),
                "select card as card_id, ts as as_of, ts as as_of from sources.%s_tx".formatted(name),
                "select " + "(".repeat(5_000) + "1" + ")".repeat(5_000),
                "select 1/0 as card_id, now() as as_of",
                "select now()::timestamp as as_of, 'a' as card_id",
                "select now()::date as as_of, 'a' as card_id",
                "select null::timestamptz as as_of, 'a' as card_id",
                "select 'infinity'::timestamptz as as_of, 'a' card_id")) {
            assertThat(spineSql(sql).refused(422, "invalid").violations()).isNotEmpty();
        }
        var withoutTime = spineSql("select card as card_id from sources.%s_tx".formatted(name));
        assertThat(withoutTime.refused(422, "invalid").wrongs()).containsExactly("as_of missing_as_of");
        assertThat(spineSql("select card as card_id, ts as as_of from sources.%s_tx".formatted(name))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void uploadsThatCannotBeReadAreRefused() {
        var request = "{\"feature_service\":\"%s_svc\"}".formatted(name);
        assertThat(upload(request, "s.csv", "card_id,as_of\na," + AS_OF + "\n").status())
                .isEqualTo(200);
        for (String csv : List.of("", "card_id,as_of\na\n", "card_id,as_of\n\"a", "card_id,as_of,as_of\na,b,c\n")) {
            upload(request, "s.csv", csv).refused(400, "malformed_request");
        }
        upload(request, "s.parquet", "card_id,as_of\n").refused(400, "malformed_request");
        upload(request, "s.ndjson", "{\"card_id\":").refused(400, "malformed_request");
        upload(request, "s.what", "x").refused(415, "unsupported_media_type");
        upload("{", "s.csv", "card_id,as_of\n").refused(400, "malformed_request");
        assertThat(upload(request, "s.csv", "card_id,as_of\na,\na,x\n" + "k".repeat(6_000) + "," + AS_OF + "\n")
                        .refused(422, "invalid")
                        .wrongs())
                .containsExactly(
                        "spine.rows[0].as_of null_as_of",
                        "spine.rows[1].as_of type",
                        "spine.rows[2].card_id key_too_long");
        upload(request, "s.csv", "card,asof\na,b\n").refused(422, "invalid");
        String type = "multipart/form-data; boundary=b";
        post("/historical-features", type, "").refused(400, "malformed_request");
        post("/historical-features", type, part("spine", "s.csv", "card_id,as_of\n") + "--b--\r\n")
                .refused(400, "malformed_request");
        post("/historical-features", type, part("request", "r.json", request) + "--b--\r\n")
                .refused(400, "malformed_request");
        post("/historical-features", type, part("request", "r.json", request) + part("spine", "s.csv", "card_"))
                .refused(400, "malformed_request");
    }

    private Answer upload(String request, String fileName, String file) {
        return post(
                "/historical-features",
                "multipart/form-data; boundary=b",
                part("request", "r.json", request) + part("spine", fileName, file) + "--b--\r\n");
    }

    private static String part(String partName, String fileName, String content) {
        return "--b\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\n\r\n%s\r\n"
                .formatted(partName, fileName, content);
    }
}
