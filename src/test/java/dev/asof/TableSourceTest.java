package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.Eventually;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Table sources over the API, on tables of the server's own database. */
class TableSourceTest extends TableSourceTestBase {

    TableSourceTest() {
        super("shop");
    }

    @Test
    void T1_A4_aDayCountsFromItsEndAndIsKnownLater() {
        table("daily", "customer_id uuid, day date, spent numeric(10,2), visits smallint, mood text");
        execute("""
            insert into shop.daily values
              ('7f0c2a60-1a5b-4c3e-9d43-0d8f8f1c2b3a', '2026-03-08', 12.50, 3, null),
              ('7f0c2a60-1a5b-4c3e-9d43-0d8f8f1c2b3a', '2026-11-01', 0.10, null, 'glad')\
            """);
        source("daily", "table: shop.daily\nread: append", """
            columns:
              - {name: customer_id, type: STRING}
              - {name: day, type: TIMESTAMP}
              - {name: spent, type: FLOAT64}
              - {name: visits, type: INT64}
              - {name: mood, type: STRING}
            event_timestamp: {column: day, time_zone: America/New_York, at: end_of_day}
            known_after: 6h
            """);
        assertThat(read("daily").get("new_rows").asLong()).isEqualTo(2);
        assertThat(jdbc.sql("""
            select (day at time zone 'UTC')::text || ' ' || (known_timestamp at time zone 'UTC')::text
                || ' ' || concat_ws(',', customer_id, spent, visits, mood)
            from sources.daily order by day\
            """).query(String.class).list())
                .as("one day has 23 hours, the other 25")
                .containsExactly(
                        "2026-03-09 03:59:59.999999 2026-03-09 09:59:59.999999"
                                + " 7f0c2a60-1a5b-4c3e-9d43-0d8f8f1c2b3a,12.5,3",
                        "2026-11-02 04:59:59.999999 2026-11-02 10:59:59.999999"
                                + " 7f0c2a60-1a5b-4c3e-9d43-0d8f8f1c2b3a,0.1,glad");
        var again = read("daily");
        assertThat(again.get("rows_read").asLong()).isEqualTo(2);
        assertThat(again.get("batch_id").isNull())
                .as("nothing new makes no batch")
                .isTrue();
    }

    @Test
    void J1_J2_everyTypeIsReadAsItIs() {
        execute("create type shop.size as enum ('small', 'large')");
        table("types", """
            ts timestamp, b bool, i2 smallint, i8 bigint, n numeric, f4 real, f8 float8, c char(3), e shop.size,
            u uuid, bin bytea, l bigint[], t text[], tt timestamptz, "Odd" text\
            """);
        execute("""
            insert into shop.types values
              ('2026-03-08 00:00:00.000001', true, -1, 9223372036854775807, 7, 0.1, 1e-300, 'ab', 'large',
               '7f0c2a60-1a5b-4c3e-9d43-0d8f8f1c2b3a', '\\xdead'::bytea, '{1,null,9007199254740993}',
               '{a,"b,c",null}', '2026-01-01 00:00:00.5+02', 'x'),
              ('2026-01-01', null, null, null, 7.5, null, 'NaN', E'\\n"', null, null, null, null, null, null, null),
              ('infinity', null, null, null, 1e30, null, null, null, null, null, null, '{{1},{2}}', null, null, null)\
            """);
        source("types", "table: shop.types\nread: append", """
            columns:
              - {name: ts, type: TIMESTAMP, time_zone: UTC}
              - {name: b, type: BOOLEAN}
              - {name: i2, type: INT32}
              - {name: i8, type: INT64}
              - {name: n, type: INT64}
              - {name: f4, type: FLOAT32}
              - {name: f8, type: FLOAT64}
              - {name: c, type: STRING}
              - {name: e, type: STRING}
              - {name: u, type: STRING}
              - {name: bin, type: BYTES}
              - {name: l, type: INT64_LIST}
              - {name: t, type: STRING_LIST}
              - {name: tt, type: TIMESTAMP}
            event_timestamp: ts
            max_invalid_ratio: 1
            """);
        assertThat(read("types").get("quarantined").asLong()).isEqualTo(2);
        assertThat(count("""
            select count(*) from sources.types s join shop.types o
            on (s.ts at time zone 'UTC', s.b, s.i2, s.i8, s.n, s.f4, s.f8, rtrim(s.c), s.e, s.u, s.bin, s.l, s.t, s.tt)
             = (o.ts, o.b, o.i2, o.i8, o.n, o.f4, o.f8, o.c::text, o.e::text, o.u::text, o.bin, o.l, o.t, o.tt)\
            """)).isOne();
        assertThat(api.get("/sources/types/quarantine").expect(200).body())
                .contains("\"column\":\"n\"")
                .contains("\"column\":\"f8\"")
                .contains("\"column\":\"ts\"")
                .contains("\"column\":\"l\"");
    }

    @Test
    void everyColumnThatCanNotBeReadIsNamed() {
        table("odd", "ts timestamp, n text, f float8, j jsonb, total numeric");
        source("odd", "query: select * from shop.odd\nread: append", """
            columns:
              - {name: ts, type: TIMESTAMP}
              - {name: n, type: INT64}
              - {name: f, type: INT64}
              - {name: j, type: STRING}
              - {name: totl, type: FLOAT64}
            event_timestamp: ts
            """);
        var failed = readTo("odd", "failed");
        assertThat(violations(failed))
                .containsExactly(
                        "columns.ts wrong_type",
                        "columns.n wrong_type",
                        "columns.f wrong_type",
                        "columns.j wrong_type",
                        "columns.totl missing_column");
        assertThat(failed.get("violations").toString())
                .contains("say where with time_zone")
                .contains("declare it STRING, or cast it in a query")
                .contains("double precision, which is not read as INT64: declare it FLOAT32")
                .contains("cast it in a query, such as select column::text")
                .contains("\"suggestions\":[\"total\"]");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        table: shop.secret                                 | postgres_42501 | grant select on shop.secret to asof_tables
        table: shop.nothing                                | postgres_42P01 | does not exist
        query: select * from asof.definition               | postgres_42501 | grant usage on schema
        query: "select now() as ts, rolpassword as n from pg_authid" | postgres_42501 | permission denied
        query: "with x as (delete from shop.open returning 1) select now() as ts, 'x' as n from x" | postgres_0A000 | must be at the top level
        query: "select now() as ts, upper(1,2) as n"       | postgres_42883 | upper(integer, integer) does not exist
        """)
    void aQueryReadsWhatItWasGrantedAndNothingElse(String relation, String code, String message) {
        execute("create table if not exists shop.secret (ts timestamptz, n text)");
        execute("create table if not exists shop.open (ts timestamptz, n text)");
        execute("grant select on shop.open to asof_tables");
        source("probe", relation + "\nread: append", """
            columns: [{name: ts, type: TIMESTAMP}, {name: n, type: STRING}]
            event_timestamp: ts
            """);
        var failed = readTo("probe", "failed");
        assertThat(failed.get("violations").get(0).get("code").asString()).startsWith(code);
        assertThat(failed.get("violations").get(0).get("message").asString()).contains(message);
        assertThat(count("select count(*) from pg_tables where schemaname = 'shop' and tablename = 'open'"))
                .isOne();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        select now() as ts, 'x' as n; drop table shop.open | sql_not_read
        select now() as ts, 'x' as n) as q; drop table shop.open; select (1 | sql_not_read
        delete from shop.open | not_one_select
        select now() as ts, lo_create(0)::text as n | forbidden_name
        select set_config('statement_timeout', '0', false) as n, now() as ts | forbidden_name
        select pg_advisory_lock /* here */ (1), now() as ts | forbidden_name
        select now() as ts, 'x' as n from a where pg_catalog."pg_sleep"(9) is null | forbidden_name
        """)
    void aQueryThatIsNoHarmlessSelectIsNotDefined(String query, String code) {
        var answer = api.apply("""
            kind: source
            name: harmful
            type: table
            query: "%s"
            read: append
            columns: [{name: ts, type: TIMESTAMP}, {name: n, type: STRING}]
            event_timestamp: ts
            """.formatted(query.replace("\"", "\\\"")));

        assertThat(answer.expect(422)
                        .json()
                        .get("violations")
                        .get(0)
                        .get("code")
                        .asString())
                .isEqualTo(code);
    }

    @Test
    void rowsComeByReadsAlone() {
        table("orders", "ts timestamptz, n text");
        source("orders", "table: shop.orders\nread: append", """
            columns: [{name: ts, type: TIMESTAMP}, {name: n, type: STRING}]
            event_timestamp: ts
            """);
        api.apply("""
            kind: source
            name: pushed_orders
            type: push
            columns: [{name: ts, type: TIMESTAMP}]
            event_timestamp: ts
            """).expect(200);
        assertThat(api.rows("orders", List.of(Map.of("ts", "2026-01-01T00:00:00Z")))
                        .expect(409)
                        .body())
                .contains("'orders' is a table source")
                .contains("/sources/orders/reads");
        api.post("/sources/orders/quarantine/replay", "application/json", "{}").expect(409);
        assertThat(api.post("/sources/pushed_orders/reads", "application/json", "")
                        .expect(409)
                        .body())
                .contains("is a push source");
        assertThat(api.post("/sources/ordres/reads", "application/json", "")
                        .expect(404)
                        .body())
                .contains("orders");
        assertThat(api.get("/sources/orders/reads")
                        .expect(200)
                        .json()
                        .get("items")
                        .isEmpty())
                .isTrue();
        api.get("/sources/ordres/reads").expect(404);
        api.get("/table-reads/123456789").expect(404);
        api.post("/table-reads/123456789/cancel", "application/json", "").expect(404);

        source("orders", "table: shop.orders\nread: append\nconnection: warehouse", """
            columns: [{name: ts, type: TIMESTAMP}, {name: n, type: STRING}]
            event_timestamp: ts
            """);
        assertThat(api.post("/sources/orders/reads", "application/json", "")
                        .expect(422)
                        .body())
                .contains("There is no connection 'warehouse'")
                .contains("asof.connections.warehouse.url");
    }

    @Test
    void I4_aBadRowIsQuarantinedOnceAndTakenWhenTheContractIsMended() {
        table("payments", "ts timestamptz, n text, amount float8");
        String columns = """
            columns: [{name: ts, type: TIMESTAMP}, {name: n, type: STRING, required: true}, {name: amount, type: FLOAT64}]
            event_timestamp: ts
            expectations: [{column: amount, between: [0, %s]}, {unique: [n]}]
            """;
        execute("""
            insert into shop.payments select '2026-01-01Z'::timestamptz + n * interval '1 minute', 'p' || n,
                case when n <= 10 then 1000 else 5 end from generate_series(1, 100) n\
            """);
        source("payments", "table: shop.payments\nread: append", columns.formatted(100));
        var refused = readTo("payments", "failed");
        assertThat(refused.get("error").asString()).contains("10 of 100 rows break the contract");
        assertThat(refused.get("violations").get(0).get("code").asString()).isEqualTo("between");
        assertThat(count("select count(*) from sources.payments")).isZero();

        execute("insert into shop.payments select ts, 'q' || n, 5 from shop.payments where amount = 5 limit 150");
        execute("insert into shop.payments select ts, 'r' || n, 5 from shop.payments where amount = 5");
        execute("insert into shop.payments values ('2026-01-02Z', 'p100', 7)");
        var taken = read("payments");
        assertThat(taken.get("quarantined").asLong())
                .as("ten too large, one not unique")
                .isEqualTo(11);
        assertThat(count("select count(*) from sources.payments")).isEqualTo(360);
        assertThat(count("select count(*) from asof.batch where kind = 'read' and accepted = 360 and id = "
                        + taken.get("batch_id").asLong()))
                .isOne();
        assertThat(read("payments").get("batch_id").isNull())
                .as("what waits is no news")
                .isTrue();
        assertThat(quarantined("payments")).isEqualTo(11);

        source("payments", "table: shop.payments\nread: append", columns.formatted(2_000));
        assertThat(read("payments").get("new_rows").asLong()).isEqualTo(10);
        assertThat(quarantined("payments")).as("alone it would be unique").isEqualTo(1);
        assertThat(count("select count(*) from sources.payments")).isEqualTo(370);
        assertThat(read("payments").get("batch_id").isNull()).isTrue();
    }

    @Test
    void I4_aRowTakenOnceItsContractIsMendedLosesToWhatWasTakenSinceAndIsBackfilled() {
        table("prices", "ts timestamptz, n text, amount float8");
        String columns = """
            columns: [{name: ts, type: TIMESTAMP}, {name: n, type: STRING, required: true}, {name: amount, type: FLOAT64}]
            event_timestamp: ts
            expectations: [{column: amount, between: [0, %s]}]
            """;
        execute("insert into shop.prices values ('2026-01-01Z', 'a', 99), ('2026-01-01Z', 'b', 98), ('2026-01-01Z',"
                + " 'c', 500)");
        source("prices", "table: shop.prices\nread: append", columns.formatted(10));
        assertThat(read("prices").get("quarantined").asLong()).isEqualTo(3);
        execute("insert into shop.prices values ('2026-01-01Z', 'a', 1), ('2026-01-01Z', 'd', 4)");
        assertThat(read("prices").get("new_rows").asLong()).isEqualTo(2);
        source("prices", "table: shop.prices\nread: append", columns.formatted(100));
        assertThat(read("prices").get("new_rows").asLong()).as("what waited").isEqualTo(2);
        api.apply("""
            kind: entity
            name: prices_thing
            keys: [{name: n, type: STRING}]
            ---
            kind: feature_view
            name: prices_view
            entities: [prices_thing]
            source: prices
            features: [{name: amount, column: amount}]
            """).expect(200);
        Eventually.until(() -> count("select count(*) from features.prices_view__v1") == 4, () -> "not backfilled");
        for (var newest : Map.of("a", 1L, "b", 98L, "d", 4L).entrySet()) {
            assertThat(count("select prices_view__amount::bigint from features.prices_view__v1_asof('%s', now())"
                            .formatted(newest.getKey())))
                    .as(newest.getKey())
                    .isEqualTo(newest.getValue());
        }
    }

    @Test
    void aSnapshotsRowIdTellsItsRowsApart() {
        table("members", "id int, since timestamptz, level text");
        execute("insert into shop.members values (1, '2026-01-01Z', 'a'), (2, '2026-01-01Z', 'b'), (null,"
                + " '2026-01-01Z', 'c')");
        execute("insert into shop.members values (1, '2026-01-02Z', 'x')");
        source("members", "table: shop.members\nread: snapshot", """
            columns: [{name: id, type: INT64}, {name: since, type: TIMESTAMP}, {name: level, type: STRING}]
            event_timestamp: since
            known_after: 1h
            row_id: [id]
            """);
        var first = read("members");
        assertThat(first.get("new_rows").asLong()).isEqualTo(1);
        assertThat(api.get("/sources/members/quarantine").expect(200).body())
                .contains("2 rows of the table have this row_id")
                .contains("must have a value");
        assertThat(api.get("/sources/members").expect(200).body())
                .as("the column that marks what is gone")
                .contains("\"tombstone\":\"vanished\"");

        execute("delete from shop.members where level in ('a', 'c')");
        execute("update shop.members set level = 'y', since = '2025-01-01Z' where id = 2");
        var second = read("members");
        assertThat(second.get("new_rows").asLong()).isEqualTo(1);
        assertThat(second.get("changed_rows").asLong()).isEqualTo(1);
        assertThat(second.get("vanished_rows").asLong())
                .as("the row without id never was")
                .isZero();
        assertThat(quarantined("members")).as("what is no more is not wrong").isZero();
        assertThat(jdbc.sql("""
            select level || ' ' || (known_timestamp > now() - interval '1 hour')
            from sources.members where id = 2 order by row_sequence\
            """).query(String.class).list())
                .as("A4: the delay is that of a row's first appearance, not of its correction")
                .containsExactly("b false", "y true");

        execute("truncate shop.members");
        assertThat(read("members").get("vanished_rows").asLong()).isEqualTo(2);
        assertThat(count("select count(*) from sources.members where vanished and since > '2026-06-01'"))
                .isEqualTo(2);
        assertThat(read("members").get("batch_id").isNull()).isTrue();
    }

    @Test
    void aSnapshotsViewHasTheKeyThatItsRowsAreToldApartBy() {
        source("visits", "table: shop.visits\nread: snapshot", """
            columns: [{name: id, type: INT64}, {name: shop, type: STRING}, {name: ts, type: TIMESTAMP}]
            event_timestamp: ts
            row_id: [id]
            """);
        String view = """
            kind: entity
            name: visited_shop
            keys: [{name: shop, type: STRING}]
            ---
            kind: feature_view
            name: visit_view
            entities: [visited_shop]
            source: visits
            features: [{name: last, column: id}]
            """;
        assertThat(api.apply(view).expect(422).body())
                .contains("row_id_not_key")
                .contains("it must be exactly these columns");
        api.delete("/sources/visits").expect(200);
        source("visits", "table: shop.visits\nread: snapshot", """
            columns: [{name: id, type: INT64}, {name: shop, type: STRING}, {name: ts, type: TIMESTAMP}]
            event_timestamp: ts
            row_id: [id, shop, ts]
            """);
        api.apply(view).expect(200);
        assertThat(api.apply("""
            kind: source
            name: visits
            type: table
            table: shop.visits
            read: append
            columns: [{name: id, type: INT64}, {name: shop, type: STRING}, {name: ts, type: TIMESTAMP}]
            event_timestamp: ts
            row_id: [id, shop, ts]
            """).expect(422).body()).contains("read was snapshot and becomes append");
    }

    @Test
    void V2_aColumnThatIsAddedMakesNoRowNew() {
        table("clicks", "ts timestamptz, n text, extra text default 'old'");
        execute("insert into shop.clicks values ('2026-01-01Z', 'a'), ('2026-01-01Z', 'a')");
        source("clicks", "table: shop.clicks\nread: append", """
            columns: [{name: ts, type: TIMESTAMP}, {name: n, type: STRING}]
            event_timestamp: ts
            """);
        assertThat(read("clicks").get("new_rows").asLong()).as("alike, but two").isEqualTo(2);
        source("clicks", "table: shop.clicks\nread: append", """
            columns: [{name: ts, type: TIMESTAMP}, {name: n, type: STRING}, {name: extra, type: STRING}]
            event_timestamp: ts
            """);
        assertThat(read("clicks").get("batch_id").isNull()).isTrue();
        execute("insert into shop.clicks values ('2026-01-01Z', 'a', 'new'), ('2026-01-01Z', 'b', 'new')");
        assertThat(read("clicks").get("new_rows").asLong()).isEqualTo(2);
        assertThat(count("select count(*) from sources.clicks")).isEqualTo(4);

        api.delete("/sources/clicks").expect(200);
        assertThat(count("select count(*) from asof.table_source where source = 'clicks'"))
                .isZero();
        assertThat(count("select count(*) from asof.table_read where source = 'clicks'"))
                .isZero();
    }

    @Test
    void aReadThatIsCancelledLeavesNothing() {
        source("slow", """
            query: |
              select now() as ts, n::text as n,
                (select count(*) from generate_series(1, case when n > 100 then 3000000000 else 0 end))::text as s
              from generate_series(1, 200) n
            read: append\
            """, """
            columns: [{name: ts, type: TIMESTAMP}, {name: n, type: STRING}, {name: s, type: STRING}]
            event_timestamp: ts
            """);
        long id = start("slow");
        Eventually.until(() -> sessions() == 1, () -> job(id));
        assertThat(api.post("/sources/slow/reads", "application/json", "")
                        .expect(409)
                        .body())
                .contains("under way");
        api.post("/table-reads/" + id + "/cancel", "application/json", "").expect(200);
        Eventually.until(() -> sessions() == 0, () -> job(id));
        assertThat(job(id).get("state").asString()).isEqualTo("cancelled");
        assertThat(count("select count(*) from sources.slow")).isZero();
        api.post("/table-reads/" + id + "/cancel", "application/json", "").expect(409);

        source("slow", "query: select now() as ts, 'x' as n, '' as s\nread: append", """
            columns: [{name: ts, type: TIMESTAMP}, {name: n, type: STRING}, {name: s, type: STRING}]
            event_timestamp: ts
            """);
        assertThat(read("slow").get("new_rows").asLong()).isEqualTo(1);
    }

    private long quarantined(String name) {
        return api.get("/sources/" + name + "/quarantine")
                .expect(200)
                .json()
                .get("items")
                .size();
    }

    private static List<String> violations(JsonNode job) {
        return StreamSupport.stream(job.get("violations").spliterator(), false)
                .map(violation -> violation.get("path").asString() + " "
                        + violation.get("code").asString())
                .toList();
    }

    private long sessions() {
        return count("""
            select count(*) from pg_stat_activity
            where usename = 'asof_tables' and datname = current_database()\
            """);
    }
}
