package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.Eventually;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a table source makes of values at the edges of Postgres's types, and by what it knows a row again. */
class TableValuesTest extends TableSourceTestBase {

    TableValuesTest() {
        super("edges");
    }

    @Test
    void J1_elementsOfArraysAreTakenAsTheyAre() {
        table(
                "arrays",
                "id bigint, ts timestamptz, num numeric[], ta timestamptz[], tl timestamp[], da date[], f real[]");
        execute("""
            insert into edges.arrays values
              (1, '2026-01-01Z', '{9007199254740993,null}', '{1500-01-01 00:00+00,0001-01-01 00:00+00}',
               '{2026-03-08 02:30,1582-10-10 00:00}', '{1582-10-10}', '{NaN,-0,1e-45}'),
              (2, '2026-01-01Z', '[0:1]={1,2}', '{}', '{}', '{}', '{}')\
            """);
        appended("arrays", """
            columns:
              - {name: id, type: INT64}
              - {name: ts, type: TIMESTAMP}
              - {name: num, type: INT64_LIST}
              - {name: ta, type: TIMESTAMP_LIST}
              - {name: tl, type: TIMESTAMP_LIST, time_zone: UTC}
              - {name: da, type: TIMESTAMP_LIST, time_zone: UTC}
              - {name: f, type: FLOAT32_LIST, non_finite: true}
            event_timestamp: ts
            """);

        var read = read("arrays");
        assertThat(read.get("new_rows").asLong()).as(quarantine("arrays")).isEqualTo(2);
        assertThat(jdbc.sql("""
            select num::text || ta::text || tl::text || da::text || f::text from sources.arrays order by id
            """).query(String.class).list()).containsExactly("""
                {9007199254740993,NULL}{"1500-01-01 00:00:00+00","0001-01-01 00:00:00+00"}\
                {"2026-03-08 02:30:00+00","1582-10-10 00:00:00+00"}{"1582-10-10 00:00:00+00"}{NaN,-0,1e-45}\
                """, "{1,2}{}{}{}{}");
    }

    @Test
    void I4_aValueThatHasNoTypeHereRefusesItsRowAloneAndOnce() {
        table("strange", "id bigint, ts timestamptz, n numeric, l bigint[], t timestamptz, tl timestamp[], s text[]");
        execute("""
            insert into edges.strange (id, ts, n, l, t, tl) values
              (1, '2026-01-01Z', 'NaN', null, null, null),
              (2, '2026-01-01Z', null, '{{1,2},{3,4}}', null, null),
              (3, '2026-01-01Z', null, null, 'infinity', null),
              (4, '2026-01-01Z', null, null, '0044-03-15 00:00Z BC', null),
              (5, '2026-01-01Z', null, null, null, '{-infinity}'),
              (6, '2026-01-01Z', repeat('7', 1500)::numeric, null, null, null),
              (7, '2026-01-01Z', 1e-400, null, null, null),
              (8, '2026-01-01Z', 5.0000000000000000000000001, null, null, null),
              (9, '-infinity', null, null, null, null),
              (10, '2026-01-01Z', 7, '{7}', '9999-12-31Z', '{9999-12-31}')\
            """);
        execute("insert into edges.strange (id, ts, s) values (11, '2026-01-01Z', array[repeat('é', 600000), 'x'])");
        appended("strange", """
            columns:
              - {name: id, type: INT64}
              - {name: ts, type: TIMESTAMP}
              - {name: n, type: INT64}
              - {name: l, type: INT64_LIST}
              - {name: t, type: TIMESTAMP}
              - {name: tl, type: TIMESTAMP_LIST, time_zone: UTC}
              - {name: s, type: STRING_LIST}
            event_timestamp: ts
            max_invalid_ratio: 1
            """);

        assertThat(read("strange").get("new_rows").asLong()).isOne();
        for (int again = 0; again < 2; again++) {
            assertThat(read("strange").get("batch_id").isNull())
                    .as("what waits is no news")
                    .isTrue();
        }
        assertThat(jdbc.sql("""
            select (raw::json ->> 'id') || ' ' || (v ->> 'column') || ' ' || (v ->> 'rule')
                || coalesce(' ' || (v ->> 'value'), '')
            from asof.quarantined_row, json_array_elements(violations::json) v
            where source = 'strange' order by (raw::json ->> 'id')::int\
            """).query(String.class).list())
                .satisfies(rows -> assertThat(rows.get(5)).startsWith("6 n type 777"))
                .filteredOn(row -> !row.startsWith("6 "))
                .containsExactly(
                        "1 n type NaN",
                        "2 l type [[1,2],[3,4]]",
                        "3 t out_of_range infinity",
                        "4 t out_of_range -0043-03-15T00:00:00Z",
                        "5 tl out_of_range [\"-infinity\"]",
                        "7 n type 1E-400",
                        "8 n type 5.0000000000000000000000001",
                        "9 ts out_of_range -infinity",
                        "11 s too_long");
    }

    @Test
    void valuesThatAreMuchTooLongNeverComeHere() {
        execute("create type edges.size as enum ('s'); create domain edges.tags as text[]");
        table(
                "long",
                "id bigint, ts timestamptz, t text, b bytea, c varchar, a text[], n bigint[], g edges.tags, e"
                        + " edges.size");
        execute("alter table edges.long alter b set storage external");
        execute("""
            insert into edges.long (id, ts, t, b, c, a, n, g)
            select i, '2026-01-01Z',
                case i when 1 then repeat('x', 60000000) else 't' || i end,
                case i when 2 then convert_to(repeat('y', 20000000), 'UTF8') end,
                case i when 3 then repeat('é', 20000000) end,
                case i when 4 then array[repeat('z', 60000000)] end,
                case i when 5 then array_fill(7::bigint, array[2000000]) end,
                case i when 6 then array['a', repeat('z', 20000000)] end
            from generate_series(1, 20) i\
            """);
        appended("long", """
            columns:
              - {name: id, type: INT64}
              - {name: ts, type: TIMESTAMP}
              - {name: t, type: STRING}
              - {name: b, type: BYTES}
              - {name: c, type: STRING}
              - {name: a, type: STRING_LIST}
              - {name: n, type: INT64_LIST}
              - {name: g, type: STRING_LIST}
              - {name: e, type: STRING}
            event_timestamp: ts
            max_invalid_ratio: 1
            """);

        assertThat(read("long").get("new_rows").asLong()).isEqualTo(14);
        assertThat(read("long").get("batch_id").isNull()).isTrue();
        assertThat(jdbc.sql("""
            select (raw::json ->> 'id') || ' ' || (v ->> 'column') || ' ' || (v ->> 'rule')
            from asof.quarantined_row, json_array_elements(violations::json) v
            where source = 'long' order by 1\
            """).query(String.class).list())
                .containsExactly(
                        "1 t too_long", "2 b too_long", "3 c too_long", "4 a too_long", "5 n too_long", "6 g too_long");
        assertThat(quarantine("long"))
                .contains("The row has 60,000,000 bytes, most of them in 't', and at most 1,048,576");
        execute("drop table edges.long");
    }

    @Test
    void domainsAndEnumsAreReadAndOtherTypesRefusedByName() {
        execute("create domain edges.amount as numeric(10, 2); create domain edges.amounts as bigint[]");
        execute("create type edges.mood as enum ('glad', 'sad')");
        table("kinds", """
            id bigint, ts timestamptz, a edges.amount, al edges.amounts, m edges.mood, ml edges.mood[], c char(3),
            cash money, span interval, doc json, docs jsonb[], da edges.amount[], i int4, tx text[]\
            """);
        execute("""
            insert into edges.kinds values (1, '2026-01-01Z', 2.5, '{1,2}', 'glad', '{sad,NULL}', 'ab', 1, '1 day', '{}', '{}')
            """);
        String good = """
            columns:
              - {name: id, type: INT64}
              - {name: ts, type: TIMESTAMP}
              - {name: a, type: FLOAT64}
              - {name: al, type: INT64_LIST}
              - {name: m, type: STRING}
              - {name: ml, type: STRING_LIST}
              - {name: c, type: STRING}
            """;
        appended("kinds", good + "event_timestamp: ts\n");
        assertThat(read("kinds").get("new_rows").asLong()).isOne();
        assertThat(jdbc.sql("select concat_ws('|', a, al, m, ml, c, '') from sources.kinds")
                        .query(String.class)
                        .single())
                .isEqualTo("2.5|{1,2}|glad|{sad,NULL}|ab |");

        appended("kinds", good + """
              - {name: cash, type: FLOAT64}
              - {name: span, type: STRING}
              - {name: doc, type: STRING}
              - {name: docs, type: STRING_LIST}
              - {name: da, type: FLOAT64_LIST}
              - {name: i, type: INT64_LIST}
              - {name: tx, type: STRING}
            event_timestamp: ts
            """);
        long id = api.post("/sources/kinds/reads", "application/json", "")
                .expect(202)
                .json()
                .get("id")
                .asLong();
        Eventually.until(() -> job(id).get("state").asString().equals("failed"), () -> job(id));
        assertThat(job(id).get("violations")
                        .valueStream()
                        .map(violation -> violation.get("message").asString()))
                .satisfiesExactly(
                        cash -> assertThat(cash).contains("'cash'", "is money", "cast it in a query"),
                        span -> assertThat(span).contains("'span'", "is interval", "column::text"),
                        doc -> assertThat(doc).contains("'doc'", "is json", "column::text"),
                        docs -> assertThat(docs).contains("'docs'", "is jsonb[]", "column::text[]"),
                        da -> assertThat(da).contains("'da'", "is amount[]", "cast it in a query"),
                        i -> assertThat(i).contains("'i'", "is integer", "declare it INT64"),
                        tx -> assertThat(tx).contains("'tx'", "is text[]", "declare it STRING_LIST"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        append   |
        snapshot | row_id: [id]
        """)
    void anotherWayToWriteTheSameMakesNoRowNew(String read, String rowId) {
        String name = "written_" + read;
        table(name, """
            id int, ts timestamptz, price numeric(10,2), whole numeric, f real, code char(4), short varchar(10), l int[],
            day date\
            """);
        execute("""
            insert into edges.%s select i, '2026-01-01Z', i * 1.5, i, 0.1, 'ab', 'cd', array[i, 2], '2026-03-08'
            from generate_series(1, 50) i\
            """.formatted(name));
        String columns = """
            columns:
              - {name: id, type: INT64}
              - {name: ts, type: TIMESTAMP}
              - {name: price, type: FLOAT64}
              - {name: whole, type: INT64}
              - {name: f, type: FLOAT64}
              - {name: code, type: STRING}
              - {name: short, type: STRING}
              - {name: l, type: FLOAT64_LIST}
              - {name: day, type: TIMESTAMP, time_zone: America/New_York}
            event_timestamp: ts
            """;
        source(name, "table: edges.%s\nread: %s".formatted(name, read), columns + (rowId == null ? "" : rowId + "\n"));
        assertThat(read(name).get("new_rows").asLong()).isEqualTo(50);
        for (String change : List.of(
                "alter column price type numeric(12,4)",
                "alter column price type float8",
                "alter column id type bigint",
                "alter column whole type numeric(30,10)",
                "alter column whole type int",
                "alter column f type float8",
                "alter column code type char(9)",
                "alter column code type text",
                "alter column short type text",
                "alter column l type numeric[]",
                "alter column day type timestamp",
                "alter column day type timestamptz using day at time zone 'America/New_York'")) {
            execute("alter table edges.%s %s".formatted(name, change));
            assertThat(read(name).get("batch_id").isNull()).as(change).isTrue();
        }
        execute("update edges.%s set price = 2.25 where id = 7".formatted(name));
        var changed = read(name);
        assertThat(changed.get("new_rows").asLong()
                        + changed.get("changed_rows").asLong())
                .as("a change")
                .isOne();
    }

    /** As they were remembered by how they were written. */
    @Test
    void rowsThatAnEarlierServerReadAreKnownAgain() {
        table("before", "id bigint, ts timestamptz, price numeric, l numeric[]");
        execute("""
            insert into edges.before values (1, '2026-01-01Z', 1.5, '{1.50}'), (2, '2026-01-01Z', 1.5, null),
              (2, '2026-01-01Z', 1.50, null), (2, '2026-01-01Z', 1.50, null)\
            """);
        appended("before", """
            columns:
              - {name: id, type: INT64}
              - {name: ts, type: TIMESTAMP}
              - {name: price, type: FLOAT64}
              - {name: l, type: FLOAT64_LIST}
            event_timestamp: ts
            """);
        assertThat(read("before").get("new_rows").asLong()).isEqualTo(4);
        execute("""
            delete from asof.table_row where source_id = (select id from asof.table_source where source = 'before')\
            """);
        execute("update asof.table_source set fingerprint = 1 where source = 'before'");
        execute("""
            insert into asof.table_row (source_id, identity, copy, content, fingerprint, retry)
            select s.id, f, copy, f, 1, false
            from asof.table_source s, (values
                (1, '{"id":1,"ts":"2026-01-01T00:00:00Z","price":1.5,"l":[1.5]}'),
                (1, '{"id":2,"ts":"2026-01-01T00:00:00Z","price":1.5}'),
                (1, '{"id":2,"ts":"2026-01-01T00:00:00Z","price":1.50}'),
                (2, '{"id":2,"ts":"2026-01-01T00:00:00Z","price":1.50}')) read (copy, raw),
                substring(sha256(convert_to(raw, 'UTF8')) for 16) f
            where s.source = 'before'\
            """);

        assertThat(read("before").get("batch_id").isNull()).isTrue();
        assertThat(count("select fingerprint from asof.table_source where source = 'before'"))
                .isEqualTo(2);
        execute("alter table edges.before alter column price type numeric(9,4)");
        assertThat(read("before").get("batch_id").isNull()).isTrue();
        execute("insert into edges.before values (2, '2026-01-01Z', 1.5, null)");
        assertThat(read("before").get("new_rows").asLong()).isOne();
    }

    @Test
    void aSnapshotThatAnEarlierServerReadIsKnownAgain() {
        table("state", "id numeric, ts timestamptz, n bigint");
        execute("insert into edges.state values (1, '2026-01-01Z', 10), (2, '2026-01-01Z', 20)");
        source("state", "table: edges.state\nread: snapshot", """
            columns: [{name: id, type: INT64}, {name: ts, type: TIMESTAMP}, {name: n, type: INT64}]
            event_timestamp: ts
            row_id: [id]
            """);
        assertThat(read("state").get("new_rows").asLong()).isEqualTo(2);
        execute("update asof.table_source set fingerprint = 1 where source = 'state'");
        execute("""
            update asof.table_row r
            set fingerprint = 1, identity = substring(sha256(convert_to('{"id":' || l.id || '}', 'UTF8')) for 16),
                content = substring(sha256(convert_to(
                    '{"id":' || l.id || ',"ts":"2026-01-01T00:00:00Z","n":' || l.id || '0}', 'UTF8')) for 16)
            from asof.table_source s, sources.state l
            where s.id = r.source_id and s.source = 'state' and l.row_sequence = r.row_sequence\
            """);
        execute("update edges.state set n = 21 where id = 2");

        var read = read("state");
        assertThat(read.get("new_rows").asLong()).isZero();
        assertThat(read.get("changed_rows").asLong()).as("the one that changed").isOne();
        assertThat(read("state").get("batch_id").isNull()).isTrue();
        // one that was told apart by how its row_id was written, and no longer is
        execute("""
            insert into asof.table_row
                (source_id, identity, copy, content, fingerprint, row_sequence, event_timestamp, retry)
            select r.source_id, r.identity, 2, r.content, r.fingerprint, r.row_sequence, r.event_timestamp, false
            from asof.table_row r
            join asof.table_source s on s.id = r.source_id and s.source = 'state'
            join sources.state l on l.row_sequence = r.row_sequence and l.id = 1\
            """);
        execute("delete from edges.state where id = 1");
        assertThat(read("state").get("vanished_rows").asLong()).isOne();
        assertThat(read("state").get("batch_id").isNull())
                .as("it has vanished once")
                .isTrue();
    }

    private void appended(String name, String rest) {
        source(name, "table: edges.%s\nread: append".formatted(name), rest);
    }

    private String quarantine(String name) {
        return api.get("/sources/" + name + "/quarantine").expect(200).body();
    }

    /** Before they were fetched by hundreds, whatever they had. */
    @Test
    void J2_largeRowsAreReadWhateverCameBeforeThem() {
        source("growing", """
            query: >-
              select i as id, timestamptz '2026-01-01Z' as ts, repeat('x', case when i < 9000 then 1 else 900000 end) as a,
                     case when i = 9100 then repeat('y', 900000) end as b, case when i = 9100 then repeat('y', 900000) end as c,
                     case when i = 9100 then repeat('y', 900000) end as d, case when i = 9100 then repeat('z', 950000) end as e
              from generate_series(1, 9100) i\
            """, """
            read: append
            event_timestamp: ts
            columns:
              - {name: id, type: INT32}
              - {name: ts, type: TIMESTAMP}
              - {name: a, type: STRING}
              - {name: b, type: STRING}
              - {name: c, type: STRING}
              - {name: d, type: STRING}
              - {name: e, type: STRING}
            """);

        var job = read("growing");
        assertThat(job.get("rows_read").asLong()).isEqualTo(9_100);
        assertThat(job.get("new_rows").asLong()).isEqualTo(9_099);
        assertThat(count("select sum(length(a)) from sources.growing")).isEqualTo(8_999 + 100 * 900_000L);
        assertThat(quarantine("growing")).contains("The row has 4,550,000 bytes, most of them in 'e'");
    }
}
