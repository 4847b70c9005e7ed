package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.ApiClient.Answer;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Sources that were registered before a bound on what they may say: they are read, and can be mended. */
@AsofServerTest
class OutdatedContractTest {

    private static final String CONTRACT = """
        kind: source
        name: outdated
        columns: [{name: shop, type: STRING}, {name: at, type: TIMESTAMP}, {name: code, type: STRING}]
        event_timestamp: at
        expectations:
          - {column: code, matches: "%s"}
          - {column: shop, matches: "[a-z]"}
        """;

    private static final String TABLE = """
        kind: source
        name: outdated_table
        type: table
        query: %s as shop, timestamptz '2026-01-01Z' as at
        read: append
        columns: [{name: shop, type: STRING}, {name: at, type: TIMESTAMP}]
        event_timestamp: at
        expectations: [{column: shop, matches: "%s"}]
        """;

    /** A million states, and what would end the server in compiling it. */
    private static final String ENDLESS = "(((a{0,100}){0,100}){0,100}){0,100}";

    private static final String GOOD =
            "{\"rows\": [{\"shop\": \"a\", \"at\": \"2026-01-02T00:00:00Z\", \"code\": \"b\"}]}";

    @LocalServerPort
    private int port;

    @Autowired
    private JdbcClient jdbc;

    private ApiClient api;

    @BeforeEach
    void define() {
        api = new ApiClient(port);
        api.apply(CONTRACT.formatted("[a-z]+") + "---\n" + TABLE.formatted("select 'a'", "[a-z]"))
                .expect(200);
    }

    /** As a server without the bound wrote it. */
    private void store(String source, String path, String value) {
        jdbc.sql("""
            update asof.definition_version set spec = jsonb_set(spec, :path::text[], to_jsonb(:value::text))
            where kind = 'source' and name = :source
            """)
                .param("path", path)
                .param("value", value)
                .param("source", source)
                .update();
        jdbc.sql("update asof.registry_revision set revision = revision + 1").update();
        Eventually.until(
                () -> api.get("/sources/" + source).expect(200).body().contains(value.substring(0, 15)), () -> source);
    }

    private Answer send(String type, String body) {
        return api.post("/sources/outdated/rows", type, body);
    }

    @Test
    void aPatternThatIsTooLargeNowRefusesBatchesAndSaysWhatToChange() {
        String refusedBefore = "{\"rows\": [{\"shop\": \"A\", \"at\": \"2026-01-02T00:00:00Z\", \"code\": \"b\"}]}";
        send("application/json", refusedBefore).expect(200);
        store("outdated", "{expectations,0,matches}", ENDLESS);

        assertOutdated(send("application/json", GOOD));
        assertOutdated(send("text/csv", "shop,at,code\na,2026-01-02T00:00:00Z,b\n"));
        assertOutdated(api.post(
                "/sources/outdated/rows",
                "application/json",
                GOOD.getBytes(StandardCharsets.UTF_8),
                Map.of("Idempotency-Key", "outdated")));
        assertOutdated(api.post("/sources/outdated/quarantine/replay", "application/json", "{}"));
        assertThat(api.apply(CONTRACT.formatted(ENDLESS)).expect(422).body()).contains("bad_pattern");

        api.apply(CONTRACT.formatted("[a-z]+")).expect(200);
        api.post(
                        "/sources/outdated/rows",
                        "application/json",
                        GOOD.getBytes(StandardCharsets.UTF_8),
                        Map.of("Idempotency-Key", "outdated"))
                .expect(200);
        send("text/csv", "shop,at,code\na,2026-01-02T00:00:00Z,b\n").expect(200);
    }

    private static void assertOutdated(Answer answer) {
        JsonNode problem = answer.expect(409).json();
        assertThat(problem.get("code").asString()).isEqualTo("conflict");
        assertThat(problem.get("violations")).hasSize(1);
        assertThat(problem.at("/violations/0/path").asString()).isEqualTo("code");
        assertThat(problem.at("/violations/0/message").asString())
                .contains("'code'", "repeat less", "Apply the source with another 'matches'");
    }

    @Test
    void aReadOfATableFailsWithThePatternOrTheQueryToChange() {
        store("outdated_table", "{expectations,0,matches}", ENDLESS);
        assertThat(failedRead()).contains("'shop'", "Apply the source with another 'matches'");

        define();
        store("outdated_table", "{query}", "select pg_advisory_lock(1)::text as shop, now() as at");
        assertThat(failedRead()).contains("'pg_advisory_lock' is not allowed");

        define();
        assertThat(read().get("state").asString()).isEqualTo("done");
    }

    private String failedRead() {
        JsonNode read = read();
        assertThat(read.get("state").asString()).as(read.toString()).isEqualTo("failed");
        return read.get("error").asString();
    }

    private JsonNode read() {
        long id = api.post("/sources/outdated_table/reads", "application/json", "{}")
                .expect(202)
                .json()
                .get("id")
                .asLong();
        Eventually.until(() -> isOver(job(id)), () -> job(id));
        return job(id);
    }

    private static boolean isOver(JsonNode job) {
        String state = job.get("state").asString();
        return state.equals("done") || state.equals("failed");
    }

    private JsonNode job(long id) {
        return api.get("/table-reads/" + id).expect(200).json();
    }
}
