package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Tables in a schema of the server's own database, and sources that read them, over the API. */
@AsofServerTest
abstract class TableSourceTestBase {

    private final String schema;

    @Autowired
    private DataSource dataSource;

    @LocalServerPort
    private int port;

    ApiClient api;
    JdbcClient jdbc;

    /** @param schema that no other test has its tables in */
    TableSourceTestBase(String schema) {
        this.schema = schema;
    }

    @BeforeEach
    void connect() {
        api = new ApiClient(port);
        jdbc = JdbcClient.create(dataSource);
        execute("create schema if not exists " + schema);
        execute("grant usage on schema %s to asof_tables".formatted(schema));
    }

    final void table(String name, String columns) {
        execute("create table %s.%s (%s)".formatted(schema, name, columns));
        execute("grant select on %s.%s to asof_tables".formatted(schema, name));
    }

    final void source(String name, String relation, String rest) {
        api.apply("kind: source\nname: %s\ntype: table\n%s\n%s".formatted(name, relation, rest))
                .expect(200);
    }

    /** Begins a read; returns its job. */
    final long start(String name) {
        return api.post("/sources/" + name + "/reads", "application/json", "")
                .expect(202)
                .json()
                .get("id")
                .asLong();
    }

    final JsonNode read(String name) {
        return readTo(name, "done");
    }

    final JsonNode readTo(String name, String state) {
        long id = start(name);
        Eventually.until(
                () -> !List.of("pending", "running")
                        .contains(job(id).get("state").asString()),
                () -> job(id));
        assertThat(job(id).get("state").asString()).as("%s", job(id)).isEqualTo(state);
        return job(id);
    }

    final JsonNode job(long id) {
        return api.get("/table-reads/" + id).expect(200).json();
    }

    final long count(String sql) {
        return jdbc.sql(sql).query(Long.class).single();
    }

    final void execute(String sql) {
        jdbc.sql(sql).update();
    }
}
