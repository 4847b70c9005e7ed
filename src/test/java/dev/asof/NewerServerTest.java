package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.ApiClient.Answer;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

/** A rolling upgrade: a newer server has registered what this one can't compute. */
@AsofServerTest
class NewerServerTest {

    private static final String DEFINITIONS = """
        kind: entity
        name: newer_shop
        keys: [{name: shop, type: STRING}]
        ---
        kind: source
        name: newer_sales
        columns: [{name: shop, type: STRING, required: true}, {name: at, type: TIMESTAMP}, {name: n, type: INT64}]
        event_timestamp: at
        ---
        kind: source
        name: newer_visits
        columns: [{name: shop, type: STRING, required: true}, {name: at, type: TIMESTAMP}, {name: n, type: INT64}]
        event_timestamp: at
        ---
        kind: source
        name: newer_table
        type: table
        query: select 'a' as shop, timestamptz '2026-01-01Z' as at, 1 as n
        read: append
        columns: [{name: shop, type: STRING}, {name: at, type: TIMESTAMP}, {name: n, type: INT64}]
        event_timestamp: at
        ---
        kind: feature_view
        name: newer_sold
        entities: [newer_shop]
        source: newer_sales
        features: [{name: n, column: n}]
        ---
        kind: feature_view
        name: newer_visited
        entities: [newer_shop]
        source: newer_visits
        features: [{name: n, column: n}]
        ---
        kind: feature_view
        name: newer_tabled
        entities: [newer_shop]
        source: newer_table
        features: [{name: n, column: n}]
        ---
        kind: feature_service
        name: newer_model
        features: ["newer_sold:*", "newer_visited:*"]
        """;

    /** As a server would that knows of oracles. */
    private static final String REGISTER = """
        insert into asof.definition_version
            (kind, name, version, state, hash, breaking, format, spec, resolved, created_at)
        select kind, name, 2, 'ready', 'oracle', false, 1,
               jsonb_set(spec, '{features}', '[{"name": "n", "oracle": {"of": "n"}}]'), resolved, created_at
        from asof.definition_version where name in ('newer_sold', 'newer_tabled') and version = 1
        """;

    private static final String PIN = """
        insert into asof.definition_version
            (kind, name, version, state, hash, breaking, format, spec, resolved, created_at)
        select kind, name, 2, 'ready', 'oracle', false, 1, spec,
               jsonb_set(resolved, '{views,0,version}', '2'), created_at
        from asof.definition_version where name = 'newer_model' and version = 1
        """;

    private static final String ROWS = """
        {"rows": [{"shop": "a", "at": "2026-01-02T00:00:00Z", "n": 2}, {"shop": null, "at": "2026-01-02T00:00:00Z"}]}
        """;

    @LocalServerPort
    private int port;

    @Autowired
    private JdbcClient jdbc;

    private ApiClient api;

    @BeforeEach
    void define() {
        api = new ApiClient(port);
        api.apply(DEFINITIONS).expect(200);
        for (String source : List.of("newer_sales", "newer_visits")) {
            api.post("/sources/" + source + "/rows", "application/json", ROWS).expect(200);
        }
    }

    @AfterEach
    void forget() {
        change("delete from asof.definition_version where hash = 'oracle'");
        Eventually.until(() -> unreadable() == 0, this::health);
    }

    private void change(String... statements) {
        for (String statement : statements) {
            jdbc.sql(statement).update();
        }
        jdbc.sql("update asof.registry_revision set revision = revision + 1").update();
    }

    private String health() {
        return actuator("/actuator/health");
    }

    private String actuator(String path) {
        try (var http = java.net.http.HttpClient.newHttpClient()) {
            var request = java.net.http.HttpRequest.newBuilder(java.net.URI.create("http://127.0.0.1:" + port + path));
            return http.send(request.build(), java.net.http.HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (java.io.IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private int unreadable() {
        return (int) Double.parseDouble(actuator("/actuator/prometheus")
                .lines()
                .filter(line -> line.startsWith("asof_registry_unreadable"))
                .findFirst()
                .map(line -> line.substring(line.lastIndexOf(' ')))
                .orElse("-1"));
    }

    @Test
    void V2_rowsAreNotLostToAVersionThatOnlyNewerServersCompute() throws Exception {
        long logged = logged();
        long read = read();
        change(REGISTER, PIN);
        // at once, as the exact registry is asked for under the source's lock
        refused(() -> api.post("/sources/newer_sales/rows", "application/json", ROWS));
        Eventually.until(() -> unreadable() == 3, this::health);

        refused(() -> api.post("/sources/newer_sales/rows", "text/csv", "shop,at,n\nb,2026-01-02T00:00:00Z,1\n"));
        refused(() -> api.post(
                "/sources/newer_sales/rows",
                "application/json",
                ROWS.getBytes(StandardCharsets.UTF_8),
                Map.of("Idempotency-Key", "newer")));
        refused(() -> api.post("/sources/newer_sales/quarantine/replay", "application/json", "{}"));
        refused(() -> api.post("/sources/newer_table/reads", "application/json", "{}"));
        refused(() -> api.post("/feature-views/newer_sold/materializations", "application/json", "{}"));
        refused(() -> api.post("/online-store/rebuild", "application/json", "{}"));
        assertThat(logged()).isEqualTo(logged);
        assertThat(read()).as("nothing but what was there was read").isEqualTo(read);

        api.post("/sources/newer_visits/rows", "application/json", ROWS).expect(200);
        assertThat(health()).contains("\"DEGRADED\"", "feature view newer_sold@v2", "feature service newer_model@v2");
        assertThat(actuator("/actuator/health/readiness")).contains("\"UP\"");

        lookup("newer_model@v1").expect(200);
        refused(() -> lookup("newer_model"));
        refused(() -> lookup("newer_model@v2"));
        refused(() -> api.postJson(
                "/online-features",
                Map.of("features", List.of("newer_sold@v2:n"), "entities", List.of(Map.of("shop", "a")))));
        training("newer_visited:n").expect(200);
        training("newer_sold@v1:n").expect(200);
        refused(() -> training("newer_sold@v2:n"));

        refused(() -> api.apply(DEFINITIONS));
        refused(() -> api.delete("/feature-views/newer_visited"));
        refused(() -> api.get("/feature-views/newer_sold/versions/2"));
        api.get("/feature-views/newer_sold/versions/1").expect(200);

        forget();
        api.post("/sources/newer_sales/rows", "application/json", ROWS).expect(200);
    }

    @Test
    void V2_jobsOfSuchASourceAreLeftToOthers() throws Exception {
        long job = api.post("/feature-views/newer_visited/materializations", "application/json", "{}")
                .expect(202)
                .json()
                .get("id")
                .asLong();
        Eventually.until(() -> state(job).equals("done"), () -> state(job));
        change(REGISTER.replace("newer_sold", "newer_visited"));
        Eventually.until(() -> unreadable() == 2, this::health);
        for (String owed : List.of("newer_visits", "newer_sales")) {
            jdbc.sql("""
                insert into asof.online_work (batch_id, source, due_at, revision)
                select max(id), :source, timestamptz '2020-01-01', 0 from asof.batch where source = :source
                """).param("source", owed).update();
        }
        jdbc.sql("update asof.materialization set state = 'pending' where id = :id")
                .param("id", job)
                .update();
        jdbc.sql("""
            insert into asof.scheduled_tasks (task_name, task_instance, execution_time, picked, version)
            values ('materialization', :run, timestamptz '2020-01-01', false, 1)
            """).param("run", runOf(job)).update();

        Eventually.until(() -> owed("newer_sales") == 0, () -> "other sources are caught up with");
        Eventually.until(
                () -> jdbc.sql("""
                    select execution_time > timestamptz '2020-01-02' from asof.scheduled_tasks
                    where task_name = 'materialization' and task_instance = :run
                    """)
                        .param("run", runOf(job))
                        .query(Boolean.class)
                        .single(),
                () -> "put off");
        assertThat(owed("newer_visits")).isOne();
        assertThat(state(job)).isEqualTo("pending");

        forget();
        Eventually.until(() -> state(job).equals("done") && owed("newer_visits") == 0, () -> state(job));
    }

    private String runOf(long job) {
        return job + ".1";
    }

    private String state(long job) {
        return api.get("/materializations/" + job)
                .expect(200)
                .json()
                .get("state")
                .asString();
    }

    private long owed(String source) {
        return jdbc.sql("select count(*) from asof.online_work where source = :source")
                .param("source", source)
                .query(Long.class)
                .single();
    }

    private long logged() {
        return jdbc.sql("select count(*) from offline.newer_sales__log")
                .query(Long.class)
                .single();
    }

    private long read() {
        return jdbc.sql("select count(*) from asof.table_read where source = 'newer_table'")
                .query(Long.class)
                .single();
    }

    private Answer lookup(String service) {
        return api.postJson(
                "/online-features", Map.of("feature_service", service, "entities", List.of(Map.of("shop", "a"))));
    }

    private Answer training(String feature) {
        return api.postJson(
                "/historical-features",
                Map.of(
                        "features", List.of(feature),
                        "spine", Map.of("rows", List.of(Map.of("shop", "a", "as_of", "2026-01-03T00:00:00Z")))));
    }

    private static void refused(Callable<Answer> doing) throws Exception {
        var answer = doing.call();
        assertThat(answer.body()).as(answer.body()).contains("newer_server_needed", "oracle");
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.retryAfter()).isPositive();
    }
}
