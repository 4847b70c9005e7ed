package dev.asof.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.support.ApiClient;
import dev.asof.support.ApiClient.Answer;
import dev.asof.support.Eventually;
import dev.asof.support.Meters;
import dev.asof.support.StartedServer;
import dev.asof.support.TestStores;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What those who can log in to Postgres, or send the server SQL, can do to it: read, and no more. */
@Timeout(180)
class PostgresLoginsTest {

    private static final String PASSWORD = "reader-of-tests";

    /** They read, wait or make a value of their own session's, and no more. */
    private static final String HARMLESS = """
        amvalidate array_sample array_shuffle bernoulli clock_timestamp currtid2 cursor_to_xml cursor_to_xmlschema
        gen_random_uuid query_to_xml query_to_xml_and_xmlschema query_to_xmlschema random random_normal setseed
        system timeofday current_query ts_rewrite ts_stat txid_status uuidv4 uuidv7 currval lastval nextval setval
        """;

    private static TestStores.Database database;
    private static StartedServer server;
    private static Meters meters;
    private static JdbcClient jdbc;

    @BeforeAll
    static void start() {
        database = TestStores.newDatabase();
        server = StartedServer.on(
                database,
                TestStores.newRedisUri(),
                "asof.reader.temporary-files=20MB",
                "asof.tables.temporary-files=20MB",
                "asof.ingestion.lock-timeout=300ms");
        jdbc = JdbcClient.create(server.dataSource());
        meters = new Meters(server.port(), "logins").define("");
        meters.send(0, 5);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Connection person() throws SQLException {
        return DriverManager.getConnection(database.jdbcUrl(), "asof_reader", PASSWORD);
    }

    private static Answer spine(String sql) {
        return server.api()
                .postJson(
                        "/historical-features",
                        Map.of("features", List.of("logins_view:amount"), "spine", Map.of("sql", sql)));
    }

    private static void theServerGoesOn() {
        meters.send(5, 6);
        spine("select meter, at as as_of from sources.logins_rows").expect(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select pg_advisory_lock(1634955110, hashtext('logins_rows'))",
                "select pg_try_advisory_xact_lock_shared(1)",
                "select lo_create(0)",
                "select lo_from_bytea(0, 'x')",
                "select lo_put(1, 0, 'x')",
                "select pg_notify('a', 'b')",
                "select pg_logical_emit_message(false, 'a', 'b')",
                "select pg_export_snapshot()",
                "select pg_terminate_backend(pg_backend_pid())",
                "select pg_cancel_backend(pg_backend_pid())",
                "select set_config('statement_timeout', '0', false)",
                "create temporary table t (a int)",
                "lock table asof.gate_logins_rows in access share mode",
                "select asof.enter_alone('logins_rows')",
                "lock table sources.logins_rows in row exclusive mode",
                "select from sources.logins_rows for share",
                "alter role asof_reader connection limit 100",
                "alter role asof_sql password 'x'",
                "set temp_file_limit = -1",
                "set role asof_sql"
            })
    void aPersonCanOnlyRead(String sql) throws SQLException {
        try (var connection = person();
                var statement = connection.createStatement()) {
            statement.execute("set default_transaction_read_only = off");
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> statement.execute(sql))
                    .hasMessageMatching("(?s).*(permission denied|must be owner).*");
        }
    }

    @Test
    void noFunctionThatDoesSomethingIsEverybodys() throws SQLException {
        try (var connection = person();
                var statement = connection.createStatement();
                var open = statement.executeQuery("""
                    select distinct proname from pg_proc
                    where provolatile = 'v' and has_function_privilege('public', oid, 'execute')
                      and pronamespace = 'pg_catalog'::regnamespace
                      and not prorettype in ('trigger'::regtype, 'event_trigger'::regtype, 'internal'::regtype)
                      and proname !~ '(handler|_validator|_lexize|_init)$'
                      and proname !~ '^pg_(stat_get_|get_|is_|last_|current_wal|control_|.*_size$|sleep|partition_)'
                      and proname !~ '^pg_(available_wal|blocking|safe_snapshot|.*collation_actual_version|jit_)'
                      and proname !~ '^pg_(isolation_test|lock_status|notification_queue|prepared_xact|sequence_last)'
                      and proname !~ '^pg_(stat_clear_snapshot|wal_summary|xact_)'
                    """)) {
            var names = new ArrayList<String>();
            while (open.next()) {
                names.add(open.getString(1));
            }
            names.removeAll(List.of(HARMLESS.split("\\s+")));
            assertThat(names).isEmpty();
        }
    }

    @Test
    void otherDatabasesAreClosed() {
        for (String other : List.of("postgres", "template1")) {
            assertThatThrownBy(() -> DriverManager.getConnection(
                            database.jdbcUrl().replaceFirst("/[^/]*$", "/" + other), "asof_reader", PASSWORD))
                    .hasMessageContaining("permission denied for database");
        }
    }

    @Test
    void whatPeopleDoWithTheirLoginDoesNotTouchTheServers() throws SQLException {
        var sessions = new ArrayList<Connection>();
        try (var connection = person();
                var statement = connection.createStatement()) {
            statement.execute("set default_transaction_read_only = off");
            statement.execute("alter role asof_reader password 'another'");
            statement.execute("alter role asof_reader set default_transaction_read_only = off");
            statement.execute("alter role asof_reader set search_path = 'nowhere'");
            theServerGoesOn();
            statement.execute("alter role asof_reader reset all");
        } finally {
            jdbc.sql("alter role asof_reader password '%s'".formatted(PASSWORD)).update();
        }
        assertThatThrownBy(() -> {
                    while (sessions.size() <= 10) {
                        sessions.add(person());
                    }
                })
                .hasMessageContaining("too many connections");
        theServerGoesOn();
        for (var session : sessions) {
            session.close();
        }
    }

    @Test
    void theServerMayEndTheSessionsOfItsLogins() {
        assertThat(jdbc.sql("""
            select count(*) from pg_roles
            where rolname in ('asof_sql', 'asof_tables') and pg_has_role(current_user, oid, 'usage')
            """).query(Long.class).single()).isEqualTo(2);
    }

    @Test
    void aBatchWaitsForALockNoLongerThanItsTimeout() throws SQLException {
        try (var connection = database.connect();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("select asof.enter_alone('logins_rows')");

            var answer = server.api().rows("logins_rows", List.of(Meters.row("m1", 9, 9, 1.0)));

            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.retryAfter()).isPositive();
            assertThat(answer.body()).contains("locked");
            connection.rollback();
        }
        meters.send(6, 7);
    }

    @Test
    void aSpineThatFillsTheDiskIsStopped() {
        var answer = spine("""
            select 'm1' as meter, now() as as_of, count(*) as n
            from (select distinct i, md5(i::text) from generate_series(1, 2000000) i) x\
            """);

        assertThat(answer.status()).as(answer.body()).isEqualTo(422);
        assertThat(answer.body()).contains("temporary file", "asof.reader.temporary-files");
        assertThat(spine("select 'm1' as meter, now() as as_of, 1 as n from (select distinct 1) y")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void allSessionsComputeInUtc() throws SQLException {
        String zone =
                "select current_setting('TimeZone') as zone, date_trunc('day', timestamptz '2026-03-02 01:00Z') as ts";
        var row = spine(zone + ", 'm1' as meter, now() as as_of")
                .expect(200)
                .lines()
                .getFirst();
        assertThat(row).containsEntry("zone", "UTC").containsEntry("ts", "2026-03-02T00:00:00.000000Z");
        assertThat(jdbc.sql("select current_setting('TimeZone')")
                        .query(String.class)
                        .single())
                .isEqualTo("UTC");
        try (var connection = person();
                var statement = connection.createStatement();
                var setting = statement.executeQuery("""
                    select count(*) from pg_db_role_setting, unnest(setconfig) setting
                    where setrole = (select oid from pg_roles where rolname = session_user)
                      and setting = 'TimeZone=UTC'\
                    """)) {
            setting.next();
            assertThat(setting.getLong(1))
                    .as("what psql, which names no zone, begins with")
                    .isPositive();
        }
        tableSource("zoned", zone);
        read("zoned", "done");
        assertThat(jdbc.sql("select zone || ' ' || ts from sources.zoned")
                        .query(String.class)
                        .single())
                .isEqualTo("UTC 2026-03-02 00:00:00+00");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select 'x' as zone, now() as ts from (select pg_advisory_lock(1)) l",
                "select set_config('statement_timeout', '0', false) as zone, now() as ts",
                "select lo_create(0)::text as zone, now() as ts"
            })
    void aTableSourcesQueryCanOnlyRead(String query) {
        assertThat(defineTableSource("harmful", query).expect(422).body()).contains("not allowed");
    }

    @Test
    void aTableSourcesQueryFillsNoDisk() {
        tableSource(
                "sorting",
                "select m as zone, now() as ts from (select distinct i, md5(i::text) m from generate_series(1,"
                        + " 2000000) i) d");

        assertThat(read("sorting", "failed")).contains("asof.tables.temporary-files");
    }

    private static void tableSource(String name, String query) {
        defineTableSource(name, query).expect(200);
    }

    private static ApiClient.Answer defineTableSource(String name, String query) {
        return server.api().apply("""
            kind: source
            name: %s
            type: table
            query: "%s"
            read: append
            columns: [{name: zone, type: STRING}, {name: ts, type: TIMESTAMP, required: true}]
            event_timestamp: ts
            """.formatted(name, query));
    }

    private static String read(String name, String state) {
        long id = server.api()
                .postJson("/sources/" + name + "/reads", Map.of())
                .expect(202)
                .json()
                .get("id")
                .asLong();
        String path = "/table-reads/" + id;
        Eventually.until(
                () -> !List.of("pending", "running")
                        .contains(server.api().get(path).json().get("state").asString()),
                () -> server.api().get(path));
        var answer = server.api().get(path);
        assertThat(answer.json().get("state").asString()).as(answer.body()).isEqualTo(state);
        return answer.body();
    }
}
