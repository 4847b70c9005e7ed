package dev.asof.offline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.postgres.BlockRow;
import dev.asof.postgres.ResultValues;
import dev.asof.postgres.RowBuffer;
import dev.asof.postgres.RowCopier;
import dev.asof.postgres.Sql;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import dev.asof.support.TestStores;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.TimeZone;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;

/** Values of every type, at the edges of its range, on their way into Postgres and back. */
class ResultValuesTest {

    private static final List<ValueType> TYPES = Stream.concat(
                    Arrays.stream(ScalarType.values()),
                    Arrays.stream(ScalarType.values()).map(ListType::of))
            .map(ValueType.class::cast)
            .toList();

    /** A server that has summer time, so that an hour of its spring is no local time. */
    private static final String SERVERS_ZONE = "America/New_York";

    private static final TimeZone ZONE = TimeZone.getDefault();

    @SuppressWarnings("NullAway.Init")
    private static Connection inText;

    @SuppressWarnings("NullAway.Init")
    private static Connection inBinary;

    @BeforeContainer
    static void connect() throws SQLException {
        TimeZone.setDefault(TimeZone.getTimeZone(SERVERS_ZONE));
        inText = TestStores.database().connect();
        var database = TestStores.database();
        var properties = new Properties();
        properties.setProperty("user", database.username());
        properties.setProperty("password", database.password());
        properties.setProperty("prepareThreshold", "-1");
        inBinary = DriverManager.getConnection(database.jdbcUrl(), properties);
        try (var statement = inText.createStatement()) {
            statement.execute("drop table if exists every_value; create unlogged table every_value (n bigint, %s)"
                    .formatted(IntStream.range(0, TYPES.size())
                            .mapToObj(i -> "c%s %s".formatted(i, Sql.type(TYPES.get(i))))
                            .collect(Collectors.joining(", "))));
        }
    }

    @AfterContainer
    static void disconnect() throws SQLException {
        TimeZone.setDefault(ZONE);
        try (var statement = inText.createStatement()) {
            statement.execute("drop table every_value");
        }
        inText.close();
        inBinary.close();
    }

    @Property(tries = 60)
    void everyValueComesBackAsItWasWritten(@ForAll("rows") List<List<@Nullable Object>> rows) throws Exception {
        write(rows);

        assertThat(read(inText)).as("text").isEqualTo(comparable(rows));
        assertThat(read(inBinary)).as("binary").isEqualTo(comparable(rows));
        assertThat(copied(rows.size())).as("binary COPY").isEqualTo(comparable(rows));
    }

    @Property(tries = 60)
    void keysAreFoundByTheirArray(@ForAll("rows") List<List<@Nullable Object>> rows) throws Exception {
        write(rows);
        for (ScalarType type : ScalarType.values()) {
            if (type == ScalarType.FLOAT32 || type == ScalarType.FLOAT64) {
                continue;
            }
            int column = TYPES.indexOf(type);
            var keys = rows.stream()
                    .map(row -> row.get(column))
                    .filter(key -> key != null)
                    .toList();
            try (var statement = inText.prepareStatement(
                    "select count(distinct n) from every_value join unnest(?::%s[]) k on k = c%s"
                            .formatted(Sql.type(type), column))) {
                statement.setArray(1, NewestByKey.array(inText, type, keys));
                try (var result = statement.executeQuery()) {
                    result.next();
                    assertThat(result.getInt(1)).as(type.toString()).isEqualTo(keys.size());
                }
            }
        }
    }

    private static void write(List<List<@Nullable Object>> rows) throws SQLException {
        var columns = new ArrayList<>(List.of("n"));
        IntStream.range(0, TYPES.size()).forEach(i -> columns.add("c" + i));
        var buffer = new RowBuffer("every_value", columns);
        for (int row = 0; row < rows.size(); row++) {
            buffer.startRow().int64(row);
            for (int i = 0; i < TYPES.size(); i++) {
                buffer.value(TYPES.get(i), rows.get(row).get(i));
            }
        }
        try (var statement = inText.createStatement()) {
            statement.execute("truncate every_value");
        }
        RowCopier.copy(buffer, inText);
    }

    private static List<List<@Nullable Object>> read(Connection connection) throws SQLException {
        var rows = new ArrayList<List<@Nullable Object>>();
        try (var statement = connection.prepareStatement("select * from every_value order by n");
                var result = statement.executeQuery()) {
            while (result.next()) {
                var row = new ArrayList<@Nullable Object>();
                for (int i = 0; i < TYPES.size(); i++) {
                    row.add(ResultValues.read(result, i + 2, TYPES.get(i)));
                }
                rows.add(row);
            }
        }
        return comparable(rows);
    }

    private static List<List<@Nullable Object>> copied(int count) throws Exception {
        var rows = new ArrayList<List<@Nullable Object>>();
        try (var block = new RowBlock(0, count)) {
            RowCopier.read(
                    "select * from every_value",
                    inText,
                    (message, offset) ->
                            block.add(BlockRow.ordinal(message, offset), message, offset, message.length - offset));
            block.finish();
            var fields = new BlockRow();
            for (int n = 0; n < count; n++) {
                block.read(n, fields);
                var row = new ArrayList<@Nullable Object>();
                for (int i = 0; i < TYPES.size(); i++) {
                    row.add(fields.value(i, TYPES.get(i)));
                }
                rows.add(row);
            }
        }
        return comparable(rows);
    }

    /** With what tells -0.0 from 0.0, and bytes by what is in them. */
    private static List<List<@Nullable Object>> comparable(List<List<@Nullable Object>> rows) {
        return rows.stream()
                .map(row -> (List<@Nullable Object>) new ArrayList<>(
                        row.stream().map(ResultValuesTest::comparable).toList()))
                .toList();
    }

    private static @Nullable Object comparable(@Nullable Object value) {
        return switch (value) {
            case byte[] bytes -> Arrays.toString(bytes);
            case List<?> list -> list.stream().map(ResultValuesTest::comparable).toList();
            case null -> null;
            default -> value;
        };
    }

    @Provide
    Arbitrary<List<List<@Nullable Object>>> rows() {
        Arbitrary<List<@Nullable Object>> row = Combinators.combine(
                        TYPES.stream().map(ResultValuesTest::values).toList())
                .as(values -> new ArrayList<>(values));
        return row.list().ofMinSize(1).ofMaxSize(8);
    }

    private static Arbitrary<@Nullable Object> values(ValueType type) {
        return switch (type) {
            case ScalarType scalar -> scalars(scalar).injectNull(0.1);
            case ListType list ->
                scalars(list.element())
                        .injectNull(0.2)
                        .list()
                        .ofMaxSize(6)
                        .asGeneric()
                        .injectNull(0.1);
        };
    }

    private static Arbitrary<@Nullable Object> scalars(ScalarType type) {
        return switch (type) {
            case BOOLEAN -> Arbitraries.of(true, false).asGeneric();
            case INT32 -> Arbitraries.integers().asGeneric();
            case INT64 -> Arbitraries.longs().asGeneric();
            case FLOAT32 -> Arbitraries.integers().map(ResultValuesTest::real).asGeneric();
            case FLOAT64 ->
                Arbitraries.oneOf(
                                Arbitraries.longs()
                                        .map(Double::longBitsToDouble)
                                        .map(d -> d.isNaN() ? Double.NaN : d),
                                Arbitraries.of(
                                        0.0,
                                        -0.0,
                                        Double.NaN,
                                        Double.MIN_VALUE,
                                        Double.MAX_VALUE,
                                        Double.POSITIVE_INFINITY,
                                        Double.NEGATIVE_INFINITY,
                                        0.1))
                        .asGeneric();
            case STRING ->
                Arbitraries.oneOf(
                                Arbitraries.strings()
                                        .withChars("{}\"\\,;= \tNULaé\u4e2d\ud83d\ude00'")
                                        .ofMaxLength(8),
                                Arbitraries.of(
                                        "NULL", "null", "", "\\", "\"", "[0:1]={1,2}", "{}", "\\x00", "\n", "😀"))
                        .filter(text -> new String(text.getBytes(UTF_8), UTF_8).equals(text))
                        .asGeneric();
            case BYTES -> Arbitraries.bytes().array(byte[].class).ofMaxSize(5).asGeneric();
            case TIMESTAMP ->
                Arbitraries.oneOf(
                                Arbitraries.longs()
                                        .between(
                                                Timestamps.toMicros(Timestamps.MIN),
                                                Timestamps.toMicros(Timestamps.MAX))
                                        .map(Timestamps::ofMicros),
                                Arbitraries.of(
                                        Timestamps.MIN,
                                        Timestamps.MAX,
                                        Instant.EPOCH,
                                        Instant.parse("1500-01-01T00:00:00Z"),
                                        Instant.parse("1582-10-10T00:00:00.000001Z"),
                                        Instant.parse("1883-11-18T17:00:00Z"),
                                        Instant.parse("2026-03-08T07:30:00Z"),
                                        Instant.parse("2026-11-01T06:30:00Z")))
                        .asGeneric();
        };
    }

    private static Float real(int bits) {
        return switch (bits) {
            case 0 -> -0.0f;
            case 1 -> Float.MIN_VALUE;
            case 2 -> Float.NEGATIVE_INFINITY;
            case 3 -> Float.POSITIVE_INFINITY;
            case 4 -> Float.NaN;
            default -> Float.isNaN(Float.intBitsToFloat(bits)) ? Float.NaN : Float.intBitsToFloat(bits);
        };
    }
}
