package dev.asof.formats;

import dev.asof.shared.ScalarType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.LongFunction;
import org.apache.parquet.io.ParquetDecodingException;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.EnumLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.Float16LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.JsonLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.UUIDLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.UnknownLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.jspecify.annotations.Nullable;

/**
 * How the values of a Parquet column of one type are made raw values.
 *
 * @param type the nearest of our types; empty where the values decide
 * @param form what they are beyond that type
 */
record ParquetValues(
        Optional<ScalarType> type,
        Optional<ColumnForm> form,
        IntFunction<Object> ofInt,
        LongFunction<Object> ofLong,
        Function<Binary, Object> ofBinary) {

    private static final long JULIAN_DAY_OF_1970 = 2_440_588;
    private static final long SECONDS_PER_DAY = 86_400;
    private static final int WIDE_INTEGER_BYTES = 16;

    /** A column that a writer had no value of, so no type for. */
    private static final ParquetValues NOTHING = new ParquetValues(
            Optional.empty(),
            Optional.empty(),
            ParquetValues::unexpected,
            ParquetValues::unexpected,
            ParquetValues::unexpected);

    private static ParquetValues ints(ScalarType type, IntFunction<Object> function) {
        return new ParquetValues(
                Optional.of(type), Optional.empty(), function, ParquetValues::unexpected, ParquetValues::unexpected);
    }

    private static ParquetValues longs(ScalarType type, LongFunction<Object> function) {
        return new ParquetValues(
                Optional.of(type), Optional.empty(), ParquetValues::unexpected, function, ParquetValues::unexpected);
    }

    private static ParquetValues binaries(ScalarType type, Function<Binary, Object> function) {
        return new ParquetValues(
                Optional.of(type), Optional.empty(), ParquetValues::unexpected, ParquetValues::unexpected, function);
    }

    private ParquetValues withForm(@Nullable ColumnForm of) {
        return new ParquetValues(type, Optional.ofNullable(of), ofInt, ofLong, ofBinary);
    }

    /** As they are, whether INT64 holds them or not. */
    private ParquetValues withoutType() {
        return new ParquetValues(Optional.empty(), form, ofInt, ofLong, ofBinary);
    }

    private static Object unexpected(Object value) {
        throw new ParquetDecodingException("a value is not of its column's type");
    }

    /**
     * Empty for types that no column of ours can be read from, such as intervals, durations and times of day.
     *
     * @param meaning of the values, where Parquet itself can't say it
     */
    static Optional<ParquetValues> of(PrimitiveType type, ParquetArrowSchema.@Nullable Meaning meaning) {
        if (type.getLogicalTypeAnnotation() instanceof UnknownLogicalTypeAnnotation) {
            return Optional.of(NOTHING);
        }
        if (meaning != null && isOf(meaning, type)) {
            return switch (meaning) {
                case SIGNED_128 -> Optional.of(wideIntegers(BigInteger::new));
                case UNSIGNED_128 -> Optional.of(wideIntegers(bytes -> new BigInteger(1, bytes)));
                // a bare number would be taken for one, whatever its unit
                case DURATION -> Optional.empty();
            };
        }
        return Optional.ofNullable(
                switch (type.getPrimitiveTypeName()) {
                    case BOOLEAN -> ints(ScalarType.BOOLEAN, ParquetValues::unexpected);
                    case FLOAT -> ints(ScalarType.FLOAT32, ParquetValues::unexpected);
                    case DOUBLE -> ints(ScalarType.FLOAT64, ParquetValues::unexpected);
                    case INT32 -> ofInt32(type.getLogicalTypeAnnotation());
                    case INT64 -> ofInt64(type.getLogicalTypeAnnotation());
                    case INT96 -> binaries(ScalarType.TIMESTAMP, ParquetValues::int96);
                    case BINARY, FIXED_LEN_BYTE_ARRAY -> ofBinary(type.getLogicalTypeAnnotation());
                });
    }

    /** Whether that is how writers keep values of a meaning. */
    private static boolean isOf(ParquetArrowSchema.Meaning meaning, PrimitiveType type) {
        return type.getLogicalTypeAnnotation() == null
                && switch (meaning) {
                    case SIGNED_128, UNSIGNED_128 -> type.getTypeLength() == WIDE_INTEGER_BYTES;
                    case DURATION -> type.getPrimitiveTypeName() == PrimitiveType.PrimitiveTypeName.INT64;
                };
    }

    /** The form of a decimal; null where it has more digits than others read, and may take more memory than there is. */
    private static @Nullable ColumnForm form(DecimalLogicalTypeAnnotation decimal) {
        return decimal.getPrecision() > ColumnForm.Decimal.MAX_PRECISION
                ? null
                : new ColumnForm.Decimal(decimal.getPrecision(), decimal.getScale());
    }

    private static @Nullable ParquetValues decimal(DecimalLogicalTypeAnnotation type, ParquetValues values) {
        var form = form(type);
        return form == null ? null : values.withForm(form);
    }

    private static @Nullable ParquetValues ofInt32(@Nullable LogicalTypeAnnotation logical) {
        return switch (logical) {
            case null -> ints(ScalarType.INT32, value -> value);
            case IntLogicalTypeAnnotation integer
            when integer.isSigned() || integer.getBitWidth() < 32 -> ints(ScalarType.INT32, value -> value);
            case IntLogicalTypeAnnotation unsigned -> ints(ScalarType.INT64, Integer::toUnsignedLong);
            case DateLogicalTypeAnnotation date ->
                ints(ScalarType.TIMESTAMP, LocalDate::ofEpochDay).withForm(new ColumnForm.Date());
            case DecimalLogicalTypeAnnotation decimal ->
                decimal(decimal, ints(ScalarType.FLOAT64, value -> BigDecimal.valueOf(value, decimal.getScale())));
            default -> null;
        };
    }

    private static @Nullable ParquetValues ofInt64(@Nullable LogicalTypeAnnotation logical) {
        return switch (logical) {
            case null -> longs(ScalarType.INT64, value -> value);
            case IntLogicalTypeAnnotation integer when integer.isSigned() -> longs(ScalarType.INT64, value -> value);
            case IntLogicalTypeAnnotation unsigned ->
                longs(ScalarType.INT64, ParquetValues::unsigned).withoutType();
            case TimestampLogicalTypeAnnotation timestamp -> longs(ScalarType.TIMESTAMP, timestamps(timestamp));
            case DecimalLogicalTypeAnnotation decimal ->
                decimal(decimal, longs(ScalarType.FLOAT64, value -> BigDecimal.valueOf(value, decimal.getScale())));
            default -> null;
        };
    }

    private static @Nullable ParquetValues ofBinary(@Nullable LogicalTypeAnnotation logical) {
        return switch (logical) {
            case null -> binaries(ScalarType.BYTES, Binary::getBytes);
            case StringLogicalTypeAnnotation string -> binaries(ScalarType.STRING, ParquetValues::text);
            case EnumLogicalTypeAnnotation constant -> binaries(ScalarType.STRING, ParquetValues::text);
            case JsonLogicalTypeAnnotation json -> binaries(ScalarType.STRING, ParquetValues::text);
            case UUIDLogicalTypeAnnotation uuid -> binaries(ScalarType.STRING, ParquetValues::uuid);
            case Float16LogicalTypeAnnotation half -> binaries(ScalarType.FLOAT32, ParquetValues::half);
            case DecimalLogicalTypeAnnotation decimal ->
                decimal(
                        decimal,
                        binaries(
                                ScalarType.FLOAT64,
                                value -> new BigDecimal(new BigInteger(value.getBytes()), decimal.getScale())));
            default -> null;
        };
    }

    private static Object half(Binary value) {
        var bytes = value.toByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        return Float.float16ToFloat(bytes.getShort(bytes.position()));
    }

    /** Of sixteen bytes, the least first. */
    private static ParquetValues wideIntegers(Function<byte[], BigInteger> greatestFirst) {
        return binaries(ScalarType.INT64, value -> wideInteger(value, greatestFirst))
                .withoutType();
    }

    private static Object wideInteger(Binary value, Function<byte[], BigInteger> greatestFirst) {
        byte[] bytes = value.getBytes();
        byte[] turned = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            turned[i] = bytes[bytes.length - 1 - i];
        }
        var integer = greatestFirst.apply(turned);
        return integer.bitLength() < Long.SIZE ? (Object) integer.longValue() : integer;
    }

    private static Object unsigned(long value) {
        return value >= 0 ? value : (Object) new BigInteger(Long.toUnsignedString(value));
    }

    private static LongFunction<Object> timestamps(TimestampLogicalTypeAnnotation timestamp) {
        long unitsPerSecond = unitsPerSecond(timestamp.getUnit());
        long nanosPerUnit = 1_000_000_000 / unitsPerSecond;
        if (timestamp.isAdjustedToUTC()) {
            return value -> Instant.ofEpochSecond(
                    Math.floorDiv(value, unitsPerSecond), Math.floorMod(value, unitsPerSecond) * nanosPerUnit);
        }
        return value -> LocalDateTime.ofEpochSecond(
                Math.floorDiv(value, unitsPerSecond),
                (int) (Math.floorMod(value, unitsPerSecond) * nanosPerUnit),
                ZoneOffset.UTC);
    }

    private static long unitsPerSecond(TimeUnit unit) {
        return switch (unit) {
            case MILLIS -> 1_000;
            case MICROS -> 1_000_000;
            case NANOS -> 1_000_000_000;
        };
    }

    /** The timestamps of old Spark and Impala, in UTC: nanoseconds of the day and a Julian day number. */
    private static Object int96(Binary value) {
        var bytes = value.toByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        long nanos = bytes.getLong(bytes.position());
        long day = bytes.getInt(bytes.position() + Long.BYTES);
        return Instant.ofEpochSecond((day - JULIAN_DAY_OF_1970) * SECONDS_PER_DAY, nanos);
    }

    private static Object text(Binary value) {
        String text = value.toStringUsingUTF8();
        if (text.indexOf('\uFFFD') >= 0) {
            checkUtf8(value.toByteBuffer());
        }
        return text;
    }

    private static void checkUtf8(ByteBuffer bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(bytes);
        } catch (CharacterCodingException e) {
            throw new ParquetDecodingException("a text is not valid UTF-8", e);
        }
    }

    private static Object uuid(Binary value) {
        var bytes = value.toByteBuffer();
        return new UUID(bytes.getLong(bytes.position()), bytes.getLong(bytes.position() + Long.BYTES)).toString();
    }
}
