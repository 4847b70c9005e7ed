package dev.asof.training.historical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.support.Eventually;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** With a short deadline, which some of the statements meet. */
class SqlSpineTest extends TrainingServerTest {

    private static final String LABELS = "select origin, ts as as_of, label from sources.labels order by label desc";

    @Test
    void aSelectIsASpine() throws Exception {
        var response = postSql(LABELS + " -- newest first\n;\n");

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.body().lines())
                .containsExactly(
                        "{\"origin\":\"JFK\",\"as_of\":\"2026-01-01T12:00:00.000000Z\",\"label\":1,"
                                + "\"delays__avg_delay\":1.5,\"delays__flights\":9007199254740993}",
                        "{\"origin\":\"SFO\",\"as_of\":\"2026-01-03T00:00:00.000000Z\",\"label\":0,"
                                + "\"delays__avg_delay\":null,\"delays__flights\":7}");
    }

    @Test
    void aSourceIsASpineAtItsEventTimestamps() throws Exception {
        var response = post("{\"features\":[\"delays:*\"],\"spine\":{\"source\":\"labels\"}}");

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.body().lines().map(line -> line.substring(0, 16)))
                .containsExactly("{\"origin\":\"JFK\",", "{\"origin\":\"SFO\",");
        assertThat(post("{\"features\":[\"delays:*\"],\"spine\":{\"source\":\"lables\"}}")
                        .body())
                .contains("did you mean labels");
    }

    @ParameterizedTest
    @CsvSource({"'repeat(''x'', 2000000)', 1", "'array_fill(''0123456789''::text, array[200000])', 1"})
    void rowsThatAreTooLargeAreRefused(String value, int rows) throws Exception {
        String sql =
                "select 'JFK' as origin, timestamptz '2026-01-01T00:00:00Z' as as_of, %s as v from generate_series(1, %s) i"
                        .formatted(value, rows);
        for (int i = 0; i < 6; i++) {
            var response = postSql(sql);
            assertThat(response.statusCode()).as(response.body()).isEqualTo(422);
            assertThat(response.body()).contains("row_too_large", "1048576").hasSizeLessThan(2_000);
        }
        assertThat(postSql(LABELS).statusCode()).as("no permit is lost").isEqualTo(200);
    }

    @Test
    void postgresTypesBecomeAsofs() throws Exception {
        var response = postSql("""
            select 'JFK'::varchar(3) as origin, timestamptz '2026-01-01 12:00:00+00' as as_of, 1::smallint as i,
                   1.25::numeric as n, date '2026-01-01' as d, true as b, '\\x6869'::bytea as y, array[1, null] as l,
                   'a'::text as t, 1.5::real as r, interval '1 day' as v, null as nothing, array['x'] as w\
            """);

        assertThat(response.body().strip())
                .isEqualTo("{\"origin\":\"JFK\",\"as_of\":\"2026-01-01T12:00:00.000000Z\",\"i\":1,"
                               + "\"n\":\"1.25\",\"d\":\"2026-01-01\",\"b\":true,\"y\":\"aGk=\",\"l\":[1,null],\"t\":\"a\",\"r\":1.5,\"v\":\"1"
                               + " day\",\"nothing\":null,\"w\":[\"x\"],\"delays__avg_delay\":1.5,"
                               + "\"delays__flights\":9007199254740993}");
    }

    @Test
    void ordinarySqlPasses() throws Exception {
        for (String sql : new String[] {
            "with l as (select * from sources.labels) select origin, ts at time zone 'UTC' at time zone 'UTC' as as_of"
                    + " from l",
            "select l.origin, l.ts as as_of, d.avg_delay from sources.labels l left join lateral"
                    + " (select avg_delay from delays where delays.origin = l.origin limit 1) d on true",
            "select origin, max(ts) filter (where label >= 0) as as_of, count(*) as n from labels group by 1",
            "select distinct on (origin) origin, ts as as_of from labels\n\n\n\norder by origin, ts desc",
            "select 'it''s; -- no comment' as note, $$a;b$$ as q, origin, ts as as_of from labels",
            "select origin, ts - interval '1 day' as as_of, row_number() over (partition by origin order by ts) as n"
                    + " from labels union all select origin, ts, 0 from labels",
            "select origin, ts::timestamptz as as_of, label::text ~ '^[0-9]+$' as m from labels where ts > '2020-01-01'"
        }) {
            var response = postSql(sql);
            assertThat(response.statusCode()).as(sql + response.body()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "set role postgres",
                "reset role",
                "commit; begin read write; insert into sources.labels values (9)",
                "select set_config('statement_timeout', '0', false)",
                "select \"set_config\"('statement_timeout', '0', false)",
                "select SET_CONFIG('role', 'postgres', false)",
                "select set/**/_config('a.b', '0', false)",
                "select U&\"set\\005fconfig\"('a.b', '0', false)",
                "select query_to_xml('select set_config(''statement_timeout'', ''0'', false)', true, true, '')",
                "select * from ts_stat('select set_config(''statement_timeout'', ''0'', false)::tsvector')",
                "select pg_advisory_lock(1)",
                "select pg_catalog.pg_try_advisory_lock(1)",
                "select pg_sleep(1)",
                "select \"pg_sleep\"(1)",
                "select E'\\'', pg_sleep(1) --'",
                "select E'\\'', 1 --'",
                "select $$'$$, pg_sleep(1) as \"$$'$$\"",
                "select $a$ $$ $a$, pg_sleep(1)",
                "select /* /* */ pg_sleep(1) -- */",
                "select /* */ pg_sleep(1) /* */",
                "insert into sources.labels values (9)",
                "update sources.labels set label = 9",
                "delete from sources.labels",
                "with x as (insert into sources.labels values (9) returning *) select * from x",
                "with x as (delete from sources.labels returning *) select origin, ts as as_of from x",
                "copy sources.labels to '/tmp/labels'",
                "copy sources.labels to program 'id'",
                "do $$ begin perform 1; end $$",
                "call x()",
                "create table t (a int)",
                "create temporary table t as select 1",
                "select 1 into t",
                "select 1; select 2",
                "select 1; drop table sources.labels",
                "select 1) q; drop table sources.labels; select * from (select 1",
                "select 1 as a) x, (select 2 as b",
                "select 1 -- ) spine\n) x",
                "explain analyze select 1",
                "listen x",
                "lock table sources.labels",
                "prepare x as select 1",
                "vacuum",
                "show all",
                "select * from asof.secrets",
                "select * from offline.history",
                "select * from pg_authid",
                "select * from pg_shadow",
                "select lo_import('/etc/passwd')",
                "select pg_read_file('/etc/passwd')",
                "select dblink('', 'select 1')",
                "select * from sources.labels for update",
                "select nextval('x')",
                "select $1",
                "select 'unended",
                "select \"unended",
                "select 1 /* unended",
                "select",
                ";",
                "   ",
                "not sql at all",
                "select origin, label from sources.labels",
                "select origin, day as as_of from sources.labels",
                "select origin, null::timestamptz as as_of from sources.labels",
                "select origin, 'infinity'::timestamptz as as_of from sources.labels",
                "select origin, origin, ts as as_of from sources.labels",
                "select origin, ts as as_of, 1 / 0 as x from sources.labels",
                "select nothing from sources.labels",
                "select * from sources.lables"
            })
    void whatIsNoHarmlessSelectIsRefused(String sql) throws Exception {
        var response = postSql(sql);

        assertThat(response.statusCode()).as(response.body()).isBetween(400, 422);
        assertThat(response.body()).contains("violations");
        assertThat(jdbc.sql("select count(*) from sources.labels")
                        .query(Long.class)
                        .single())
                .isEqualTo(2);
    }

    static Stream<String> nested() {
        return Stream.of(
                "select origin, ts as as_of, %s1%s as x from labels".formatted("(".repeat(20), ")".repeat(20)),
                "select origin, ts as as_of, %s1%s as x from labels".formatted("(".repeat(99), ")".repeat(99)),
                "select origin, ts as as_of, %s1%s is null as x from labels"
                        .formatted("array[".repeat(6), "]".repeat(6)),
                "select * from (".repeat(40) + LABELS + ") a".repeat(40),
                "select origin, ts as as_of, %s1%s as x from labels"
                        .formatted("case when true then ".repeat(60), " end".repeat(60)),
                "select origin, ts as as_of, %s1%s as x from labels"
                        .formatted("coalesce(".repeat(60), ", 2)".repeat(60)),
                "select origin, ts as as_of, %strue as x from labels".formatted("not ".repeat(500)),
                "select origin, ts as as_of, 1%s as x from labels".formatted("+1".repeat(500)));
    }

    @ParameterizedTest
    @MethodSource("nested")
    void nestedSqlIsASpine(String sql) throws Exception {
        long start = System.nanoTime();
        var response = postSql(sql);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }

    static Stream<String> beyondPostgres() {
        return Stream.of(
                "select " + "(".repeat(101) + "1" + ")".repeat(101),
                "select " + "array[".repeat(101) + "1" + "]".repeat(101),
                "select " + "array[".repeat(20) + "1" + "]".repeat(20),
                "select " + "[".repeat(50_000),
                "select 1" + "+1".repeat(49_000),
                "select " + "not ".repeat(20_000) + "true",
                "select " + "case when true then ".repeat(3_000) + "1" + " end".repeat(3_000),
                "select pg_x".repeat(9_000),
                "select repeat('x', 1100000000) as x, origin, ts as as_of from labels",
                "select array_agg(repeat('x', 1000000)) as x, 'JFK' as origin, now() as as_of from generate_series(1,"
                        + " 2000)");
    }

    @ParameterizedTest
    @MethodSource("beyondPostgres")
    void whatIsMoreThanPostgresTakesIsTheCallersToMend(String sql) throws Exception {
        var response = postSql(sql);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(422);
        assertThat(response.body()).contains("violations").hasSizeLessThan(100_000);
    }

    @Test
    void postgresErrorsComeWithTheirPlace() throws Exception {
        assertThat(postSql("select origin,\n  nothing from sources.labels").body())
                .contains("column \\\"nothing\\\" does not exist (line 2, character 3)", "\"line\":2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "with recursive r(i) as (select 1 union all select 1 from r) select count(*) from r",
                "select a.i + b.i + c.i as x, now() as as_of, 'JFK' as origin from generate_series(1, 10000) a(i),"
                        + " generate_series(1, 10000) b(i), generate_series(1, 10000) c(i)",
                "select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b,"
                        + " generate_series(1, 100000) c"
            })
    void whatRunsForeverIsStoppedAtTheDeadlineAndLeavesNothingBehind(String sql) throws Exception {
        var response = postSql(sql);

        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(response.body()).contains("stopped after 2s");
        Eventually.until(
                () -> jdbc.sql("select count(*) from pg_stat_activity where usename = 'asof_sql' and state = 'active'")
                                .query(Long.class)
                                .single()
                        == 0,
                () -> "it runs on");
    }

    @Test
    void theReaderCanDoNothingButRead() throws Exception {
        var reader = readerConnection();
        try (reader;
                var statement = reader.createStatement()) {
            for (String sql : new String[] {
                "select * from asof.secrets", "select * from offline.history", "create table public.t (a int)",
                "insert into sources.labels values (9)", "set role postgres", "create schema s"
            }) {
                assertThatThrownBy(() -> statement.execute(sql)).as(sql).isNotNull();
            }
            statement.execute("set default_transaction_read_only = off");
            assertThatThrownBy(() -> statement.execute("create table sources.t (a int)"))
                    .hasMessageContaining("permission denied");
        }
    }

    @Test
    void objectsMadeLaterCanBeReadToo() throws Exception {
        jdbc.sql("create table if not exists features.later as select 1 as a").update();
        try (var reader = readerConnection();
                var statement = reader.createStatement()) {
            assertThat(statement.execute("select a from features.later")).isTrue();
        }
    }

    private Connection readerConnection() throws SQLException {
        var url = jdbc.sql(
                        "select 'jdbc:postgresql://127.0.0.1:' || current_setting('port') || '/' || current_database()")
                .query(String.class)
                .single();
        return DriverManager.getConnection(url, "asof_reader", "reader-of-tests");
    }
}
