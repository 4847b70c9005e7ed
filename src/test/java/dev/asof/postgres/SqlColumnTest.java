package dev.asof.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.TestStores;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a query's values of all types are, whatever the format they come in and the zones of server and session. */
class SqlColumnTest {

    private static final TimeZone ZONE = TimeZone.getDefault();
    private static Connection inText;
    private static Connection inBinary;

    @BeforeAll
    static void connect() throws SQLException {
        TimeZone.setDefault(TimeZone.getTimeZone("America/New_York"));
        inText = connect("0");
        inBinary = connect("-1");
        try (var statement = inText.createStatement()) {
            statement.execute("""
                drop schema if exists sql_columns cascade;
                create schema sql_columns;
                create type sql_columns.mood as enum ('glad', 'not so "glad"');
                create domain sql_columns.amount as numeric(10, 2);
                create domain sql_columns.ids as bigint[]
                """);
        }
    }

    private static Connection connect(String prepareThreshold) throws SQLException {
        var database = TestStores.database();
        var properties = new Properties();
        properties.setProperty("user", database.username());
        properties.setProperty("password", database.password());
        properties.setProperty("prepareThreshold", prepareThreshold);
        properties.setProperty("options", "-c timezone=Europe/Amsterdam");
        return DriverManager.getConnection(database.jdbcUrl(), properties);
    }

    @AfterAll
    static void disconnect() throws SQLException {
        TimeZone.setDefault(ZONE);
        try (var statement = inText.createStatement()) {
            statement.execute("drop schema sql_columns cascade");
        }
        inText.close();
        inBinary.close();
    }

    static List<Arguments> values() {
        return List.of(
                Arguments.of("true", true),
                Arguments.of("'-32768'::int2", -32768),
                Arguments.of("'-2147483648'::int4", Integer.MIN_VALUE),
                Arguments.of("'-9223372036854775808'::int8", Long.MIN_VALUE),
                Arguments.of("'1e-45'::real", Float.MIN_VALUE),
                Arguments.of("'-0'::real", -0.0f),
                Arguments.of("'NaN'::float8", Double.NaN),
                Arguments.of("'4.9e-324'::float8", Double.MIN_VALUE),
                Arguments.of("1.50::numeric(20, 3)", new BigDecimal("1.500")),
                Arguments.of("'-Infinity'::numeric", Double.NEGATIVE_INFINITY),
                Arguments.of(
                        "12345678901234567890123456789012345678901234567890.5",
                        new BigDecimal("12345678901234567890123456789012345678901234567890.5")),
                Arguments.of("'2.5'::sql_columns.amount", new BigDecimal("2.50")),
                Arguments.of("'ab'::char(5)", "ab   "),
                Arguments.of("'glad'::sql_columns.mood", "glad"),
                Arguments.of("interval '1 day'", "1 day"),
                Arguments.of("'{\"a\": 1}'::json", "{\"a\": 1}"),
                Arguments.of("'7f0c2a60-1a5b-4c3e-9d43-0d8f8f1c2b3a'::uuid", "7f0c2a60-1a5b-4c3e-9d43-0d8f8f1c2b3a"),
                Arguments.of("'0001-01-01T00:00:00Z'::timestamptz", Instant.parse("0001-01-01T00:00:00Z")),
                Arguments.of(
                        "'1500-01-01 00:00:00.000001Z'::timestamptz", Instant.parse("1500-01-01T00:00:00.000001Z")),
                Arguments.of("'0005-02-29 00:00Z BC'::timestamptz", Instant.parse("-0004-02-29T00:00:00Z")),
                Arguments.of("'294276-12-31 12:00Z'::timestamptz", Instant.parse("+294276-12-31T12:00:00Z")),
                Arguments.of("'infinity'::timestamptz", "infinity"),
                Arguments.of("'-infinity'::timestamptz", "-infinity"),
                Arguments.of("'2026-03-08 02:30'::timestamp", LocalDateTime.parse("2026-03-08T02:30")),
                Arguments.of("'4713-01-01 00:00 BC'::timestamp", LocalDateTime.parse("-4712-01-01T00:00")),
                Arguments.of("'infinity'::timestamp", "infinity"),
                Arguments.of("'1582-10-10'::date", LocalDate.parse("1582-10-10")),
                Arguments.of("'5874897-12-31'::date", LocalDate.of(5_874_897, 12, 31)),
                Arguments.of("'-infinity'::date", "-infinity"),
                Arguments.of("array[]::int8[]", List.of()),
                Arguments.of("'[0:1]={1,9007199254740993}'::int8[]", List.of(1L, 9007199254740993L)),
                Arguments.of("'[5:6][0:0]={{1},{null}}'::int4[]", List.of(List.of(1), Arrays.asList((Object) null))),
                Arguments.of("array[1, -2]::int2[]", List.of(1, -2)),
                Arguments.of("array['NaN', '-0', '1e-45']::real[]", List.of(Float.NaN, -0.0f, Float.MIN_VALUE)),
                Arguments.of("array['Infinity', 0.1]::float8[]", List.of(Double.POSITIVE_INFINITY, 0.1)),
                Arguments.of(
                        "'{9007199254740993,1.50,NaN}'::numeric[]",
                        List.of(new BigDecimal("9007199254740993"), new BigDecimal("1.50"), Double.NaN)),
                Arguments.of("array[true, null]", Arrays.asList(true, null)),
                Arguments.of(
                        "array['', 'NULL', null, 'a\"\\\\,{}é', ' ', E'\\n']::text[]",
                        Arrays.asList("", "NULL", null, "a\"\\\\,{}é", " ", "\n")),
                Arguments.of(
                        "array['not so \"glad\"', null]::sql_columns.mood[]", Arrays.asList("not so \"glad\"", null)),
                Arguments.of("'{1,2}'::sql_columns.ids", List.of(1L, 2L)),
                Arguments.of("array['ab']::char(3)[]", List.of("ab ")),
                Arguments.of(
                        "'{1500-01-01 00:00+00,0001-01-01 00:00+00,infinity}'::timestamptz[]",
                        List.of(
                                Instant.parse("1500-01-01T00:00:00Z"),
                                Instant.parse("0001-01-01T00:00:00Z"),
                                "infinity")),
                Arguments.of(
                        "'{0005-02-29 00:00+00 BC,294276-12-31 12:00+00,1880-01-01 00:00:00.5+00}'::timestamptz[]",
                        List.of(
                                Instant.parse("-0004-02-29T00:00:00Z"),
                                Instant.parse("+294276-12-31T12:00:00Z"),
                                Instant.parse("1880-01-01T00:00:00.5Z"))),
                Arguments.of(
                        "'{2026-03-08 02:30,1500-01-01 00:00,4713-01-01 00:00 BC}'::timestamp[]",
                        List.of(
                                LocalDateTime.parse("2026-03-08T02:30"),
                                LocalDateTime.parse("1500-01-01T00:00"),
                                LocalDateTime.parse("-4712-01-01T00:00"))),
                Arguments.of(
                        "'{1582-10-10,5874897-12-31,0001-01-01 BC,-infinity}'::date[]",
                        List.of(
                                LocalDate.parse("1582-10-10"),
                                LocalDate.of(5_874_897, 12, 31),
                                LocalDate.of(0, 1, 1),
                                "-infinity")),
                Arguments.of("array[interval '1 day', '2 hours']", List.of("1 day", "02:00:00")),
                Arguments.of("'{(1,1),(0,0);(3,3),(2,2)}'::box[]", List.of("(1,1),(0,0)", "(3,3),(2,2)")),
                Arguments.of("null::numeric[]", null),
                Arguments.of("null::date", null));
    }

    @ParameterizedTest
    @MethodSource("values")
    void T1_J1_aValueIsWhatPostgresHas(String sql, Object expected) throws SQLException {
        assertThat(read(inText, sql)).as("text").isEqualTo(expected);
        assertThat(read(inBinary, sql)).as("binary").isEqualTo(expected);
    }

    static List<Arguments> bytes() {
        return List.of(
                Arguments.of("'\\x00ff'::bytea", new byte[] {0, -1}),
                Arguments.of("(array['\\x00ff', '\\x5c'::bytea])[1]", new byte[] {0, -1}));
    }

    @ParameterizedTest
    @MethodSource("bytes")
    void bytesAreBytesHoweverTheyAreWritten(String sql, byte[] expected) throws SQLException {
        for (String output : List.of("hex", "escape")) {
            try (var statement = inText.createStatement()) {
                statement.execute("set bytea_output = " + output);
            }
            assertThat(read(inText, sql)).as(output).isEqualTo(expected);
            assertThat((List<?>) read(inText, "array['\\x00ff', '\\x5c22'::bytea]"))
                    .extracting(value -> (byte[]) value)
                    .containsExactly(new byte[] {0, -1}, new byte[] {0x5c, 0x22});
        }
        assertThat(read(inBinary, sql)).isEqualTo(expected);
    }

    private static @Nullable Object read(Connection connection, String sql) throws SQLException {
        try (var statement = connection.prepareStatement("select " + sql);
                var result = statement.executeQuery()) {
            result.next();
            return SqlColumn.of(result.getMetaData(), 1, connection).read(result);
        }
    }
}
