package dev.asof.training.historical;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values of Postgres at the edges of their types, as columns of a spine. */
class SqlSpineValuesTest extends TrainingServerTest {

    private static final String ROW = "select 'JFK' as origin, timestamptz '2026-01-01 12:00:00+00' as as_of, ";

    private static final String EDGES = ROW + """
        9007199254740993.10::numeric as dec, 'NaN'::numeric as nan, 'Infinity'::float8 as inf, '-0'::float8 as zero,
        '{9007199254740993,0.1}'::numeric[] as decs, '{NaN,1}'::numeric[] as nans, '{NaN,-Infinity,1e-45}'::real[] as reals,
        '[0:1]={1,9007199254740993}'::int8[] as bounded, '{}'::int4[] as empty, '{1,NULL}'::int2[] as small,
        date '1582-10-10' as day, '{1582-10-10,NULL}'::date[] as days, 'ab'::char(4) as padded, 12.5::money::text as cash,
        '{1500-01-01 00:00+00,0001-01-01 00:00+00}'::timestamptz[] as times, '9999-12-31Z'::timestamptz as last,
        array['NULL', null, 'a"b\\c,{}', ''] as texts, array['\\x00ff'::bytea] as bins,
        interval '1 day' as span, '{"a": [1]}'::jsonb as doc, '7f0c2a60-1a5b-4c3e-9d43-0d8f8f1c2b3a'::uuid as id
        """;

    @Test
    void A5_J1_valuesComeBackAsTheyAre() throws Exception {
        var response = postSql(EDGES);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.body()).contains("""
            "dec":"9007199254740993.10","nan":"NaN","inf":"Infinity","zero":-0.0,\
            "decs":["9007199254740993.0","0.1"],"nans":["NaN","1"],"reals":["NaN","-Infinity",1.4E-45],\
            "bounded":[1,9007199254740993],"empty":[],"small":[1,null],\
            "day":"1582-10-10","days":["1582-10-10",null],"padded":"ab  ","cash":"$12.50",\
            "times":["1500-01-01T00:00:00.000000Z","0001-01-01T00:00:00.000000Z"],"last":"9999-12-31T00:00:00.000000Z",\
            "texts":["NULL",null,"a\\"b\\\\c,{}",""],"bins":["AP8="],\
            "span":"1 day","doc":"{\\"a\\": [1]}","id":"7f0c2a60-1a5b-4c3e-9d43-0d8f8f1c2b3a",\
            """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"csv", "parquet", "arrow"})
    void everyFormatTakesThem(String format) throws Exception {
        var response = post(
                "?format=" + format,
                "{\"features\":[\"delays:*\"],\"spine\":{\"sql\":%s}}".formatted(JSON.writeValueAsString(EDGES)));

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).hasSizeGreaterThan(500);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        "'infinity'::timestamptz"              | between the years 1 and 9999
        "'0044-03-15 00:00Z BC'::timestamptz"  | between the years 1 and 9999
        "'{-infinity}'::timestamptz[]"         | between the years 1 and 9999
        "'{{1,2},{3,4}}'::int8[]"              | a list of 2
        "'{{1,2},{3,4}}'::numeric[]"           | list within a list
        "'{{a}}'::text[]"                      | a list of 1
        """, quoteCharacter = '"')
    void aValueThatHasNoTypeHereIsNamedByRowAndColumn(String value, String message) throws Exception {
        var response = postSql(ROW + value + " as t union all " + ROW + value);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(422);
        assertThat(response.body()).contains("spine.rows[0].t", "Row 2, column 't'", message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"infinity", "-infinity", "0044-03-15 00:00Z BC", "10000-01-01Z"})
    void anAsOfTimeOutOfRangeIsNamedByItsRow(String time) throws Exception {
        var response = postSql("select 'JFK' as origin, '%s'::timestamptz as as_of".formatted(time));

        assertThat(response.statusCode()).as(response.body()).isEqualTo(422);
        assertThat(response.body()).contains("Row 1, column 'as_of'", "between the years 1 and 9999");
    }
}
