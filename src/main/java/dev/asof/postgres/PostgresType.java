package dev.asof.postgres;

import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.SignStyle;
import java.time.temporal.ChronoField;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PGbytea;

/**
 * A type of Postgres, and how a value of it comes to Java: as a column or as an array's element, in text or binary, and
 * never by way of a class with another range, other digits or the JVM's time zone. What isn't listed comes as its text.
 *
 * <p>Values are {@link Boolean}, {@link Integer}, {@link Long}, {@link Float}, {@link Double}, {@link BigDecimal} for a
 * finite {@code numeric} and {@link Double} for another, {@link String}, {@code byte[]}, {@link Instant} for
 * {@code timestamptz}, {@link LocalDateTime} for {@code timestamp}, {@link LocalDate} for {@code date}, in all years that
 * Postgres has, and the text {@code infinity} or {@code -infinity} for a time without end.
 */
public enum PostgresType {
    BOOL(ScalarType.BOOLEAN),
    INT2(ScalarType.INT32),
    INT4(ScalarType.INT32),
    INT8(ScalarType.INT64),
    FLOAT4(ScalarType.FLOAT32),
    FLOAT8(ScalarType.FLOAT64),
    NUMERIC(ScalarType.FLOAT64),
    BYTEA(ScalarType.BYTES),
    TIMESTAMPTZ(ScalarType.TIMESTAMP),
    TIMESTAMP(ScalarType.TIMESTAMP),
    DATE(ScalarType.STRING),
    TEXT(ScalarType.STRING);

    static final String INFINITY = "infinity";
    static final String MINUS_INFINITY = "-infinity";

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private static final DateTimeFormatter DATES = date().toFormatter(Locale.ROOT);
    private static final DateTimeFormatter LOCAL_TIMES = time().toFormatter(Locale.ROOT);

    /** With an offset of seconds, as zones had before there was standard time. */
    private static final DateTimeFormatter TIMES =
            withEra(dateAndTime().appendOffset("+HH:mm:ss", "+00")).toFormatter(Locale.ROOT);

    private final ScalarType type;

    PostgresType(ScalarType type) {
        this.type = type;
    }

    /** The type of a name in Postgres's catalog, such as {@code int8}; {@link #TEXT} for any other name. */
    static PostgresType named(String name) {
        for (var type : values()) {
            if (type.name().toLowerCase(Locale.ROOT).equals(name)) {
                return type;
            }
        }
        return TEXT;
    }

    /** The type that columns of ours with a type have. */
    static PostgresType of(ScalarType type) {
        return switch (type) {
            case BOOLEAN -> BOOL;
            case INT32 -> INT4;
            case INT64 -> INT8;
            case FLOAT32 -> FLOAT4;
            case FLOAT64 -> FLOAT8;
            case STRING -> TEXT;
            case BYTES -> BYTEA;
            case TIMESTAMP -> TIMESTAMPTZ;
        };
    }

    /** The type that its values are taken for, unless something else is declared. */
    public ScalarType type() {
        return type;
    }

    /** The value in a column counted from 1; null for SQL's null. */
    public @Nullable Object read(ResultSet result, int column) throws SQLException {
        Object value = switch (this) {
            case BOOL -> result.getBoolean(column);
            case INT2, INT4 -> result.getInt(column);
            case INT8 -> result.getLong(column);
            case FLOAT4 -> result.getFloat(column);
            case FLOAT8 -> result.getDouble(column);
            case NUMERIC -> number(result.getString(column));
            case BYTEA -> result.getBytes(column);
            case TIMESTAMPTZ -> instant(result.getObject(column, OffsetDateTime.class));
            case TIMESTAMP ->
                finite(result.getObject(column, LocalDateTime.class), LocalDateTime.MIN, LocalDateTime.MAX);
            case DATE -> finite(result.getObject(column, LocalDate.class), LocalDate.MIN, LocalDate.MAX);
            case TEXT -> result.getString(column);
        };
        return result.wasNull() ? null : value;
    }

    /**
     * A value as Postgres writes it.
     *
     * @throws RuntimeException when the text is none of the type
     */
    Object ofText(String text) {
        return switch (this) {
            case BOOL -> text.equals("t");
            case INT2, INT4 -> Integer.valueOf(text);
            case INT8 -> Long.valueOf(text);
            case FLOAT4 -> Float.valueOf(text);
            case FLOAT8 -> Double.valueOf(text);
            case NUMERIC -> finiteNumber(text);
            case BYTEA -> bytes(text);
            case TIMESTAMPTZ -> isInfinite(text) ? text : TIMES.parse(text, Instant::from);
            case TIMESTAMP -> isInfinite(text) ? text : LOCAL_TIMES.parse(text, LocalDateTime::from);
            case DATE -> isInfinite(text) ? text : DATES.parse(text, LocalDate::from);
            case TEXT -> text;
        };
    }

    /** A value in Postgres's binary format (the {@code send} functions of its types). */
    Object ofBinary(MemorySegment bytes, long place, int length) {
        return switch (this) {
            case BOOL -> bytes.get(ValueLayout.JAVA_BYTE, place) != 0;
            case INT2 -> (int) bytes.get(SHORT, place);
            case INT4 -> bytes.get(INT, place);
            case INT8 -> bytes.get(LONG, place);
            case FLOAT4 -> Float.intBitsToFloat(bytes.get(INT, place));
            case FLOAT8 -> Double.longBitsToDouble(bytes.get(LONG, place));
            case TEXT -> new String(copy(bytes, place, length), StandardCharsets.UTF_8);
            case BYTEA -> copy(bytes, place, length);
            case TIMESTAMPTZ -> Timestamps.ofMicros(bytes.get(LONG, place) + RowBuffer.POSTGRES_EPOCH_MICROS);
            case NUMERIC, TIMESTAMP, DATE ->
                throw new IllegalStateException("%s is not asked for in binary".formatted(this));
        };
    }

    private static byte[] copy(MemorySegment bytes, long place, int length) {
        byte[] copy = new byte[length];
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, place, copy, 0, length);
        return copy;
    }

    private static byte[] bytes(String text) {
        try {
            return PGbytea.toBytes(text.getBytes(StandardCharsets.US_ASCII));
        } catch (SQLException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static @Nullable Object number(@Nullable String text) {
        return text == null ? null : finiteNumber(text);
    }

    /** Exact, because a key may be made of it; NaN and infinities have no decimal. */
    private static Object finiteNumber(String text) {
        return Character.isLetter(text.charAt(text.length() - 1))
                ? (Object) Double.valueOf(text)
                : new BigDecimal(text);
    }

    private static @Nullable Object instant(@Nullable OffsetDateTime time) {
        Object finite = finite(time, OffsetDateTime.MIN, OffsetDateTime.MAX);
        return finite instanceof OffsetDateTime some ? some.toInstant() : finite;
    }

    /** The driver has the ends of a class for a time without end. */
    private static @Nullable Object finite(@Nullable Object time, Object first, Object last) {
        if (last.equals(time)) {
            return INFINITY;
        }
        return first.equals(time) ? MINUS_INFINITY : time;
    }

    private static boolean isInfinite(String text) {
        return text.equals(INFINITY) || text.equals(MINUS_INFINITY);
    }

    private static DateTimeFormatterBuilder time() {
        return withEra(dateAndTime());
    }

    private static DateTimeFormatterBuilder date() {
        return withEra(onlyDate());
    }

    private static DateTimeFormatterBuilder onlyDate() {
        return new DateTimeFormatterBuilder()
                .appendValue(ChronoField.YEAR_OF_ERA, 4, 9, SignStyle.NOT_NEGATIVE)
                .appendLiteral('-')
                .appendValue(ChronoField.MONTH_OF_YEAR, 2)
                .appendLiteral('-')
                .appendValue(ChronoField.DAY_OF_MONTH, 2);
    }

    private static DateTimeFormatterBuilder dateAndTime() {
        return onlyDate()
                .appendLiteral(' ')
                .appendValue(ChronoField.HOUR_OF_DAY, 2)
                .appendLiteral(':')
                .appendValue(ChronoField.MINUTE_OF_HOUR, 2)
                .appendLiteral(':')
                .appendValue(ChronoField.SECOND_OF_MINUTE, 2)
                .appendFraction(ChronoField.NANO_OF_SECOND, 0, 6, true);
    }

    private static DateTimeFormatterBuilder withEra(DateTimeFormatterBuilder time) {
        return time.optionalStart().appendLiteral(' ').appendText(ChronoField.ERA, Map.of(0L, "BC", 1L, "AD"));
    }
}
