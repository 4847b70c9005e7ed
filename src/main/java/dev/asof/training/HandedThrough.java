package dev.asof.training;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Packs the spine columns that the join doesn't look at into bytes and back, so that they travel through Postgres
 * untouched whatever they are called and hold, and their types need to be known only when the whole spine was seen.
 */
final class HandedThrough {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    private final DataOutputStream out = new DataOutputStream(bytes);

    /** Packs values of the classes that {@link dev.asof.ingestion.TableReader} gives and {@link ValueType} lists. */
    byte[] pack(List<? extends @Nullable Object> values) {
        bytes.reset();
        try {
            for (Object value : values) {
                write(value);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * Unpacks values as the types found for their columns; columns first seen after this row are null.
     *
     * @param into takes the values, from {@code offset} on
     */
    static void unpack(byte[] packed, List<ValueType> types, @Nullable Object[] into, int[] positions) {
        var buffer = ByteBuffer.wrap(packed);
        for (int i = 0; i < positions.length; i++) {
            Object raw = buffer.hasRemaining() ? read(buffer) : null;
            into[positions[i]] = raw == null ? null : typed(raw, types.get(i));
        }
    }

    private void write(@Nullable Object value) throws IOException {
        switch (value) {
            case null -> out.writeByte('n');
            case String text -> writeBytes('s', text.getBytes(StandardCharsets.UTF_8));
            case byte[] binary -> writeBytes('y', binary);
            case Boolean bool -> out.writeByte(bool ? 't' : 'f');
            case Integer number -> writeLong('i', number);
            case Long number -> writeLong('i', number);
            case BigInteger number -> writeLong('i', number.longValueExact());
            case Float number -> {
                out.writeByte('e');
                out.writeFloat(number);
            }
            case Double number -> writeDouble(number);
            case BigDecimal number -> writeDouble(number.doubleValue());
            case Instant instant -> writeLong('z', Timestamps.toMicros(instant));
            case List<?> list -> {
                out.writeByte('l');
                out.writeInt(list.size());
                for (Object element : list) {
                    write(element);
                }
            }
            default -> throw new IllegalArgumentException("Not a spine value: " + value.getClass());
        }
    }

    private void writeBytes(char tag, byte[] content) throws IOException {
        out.writeByte(tag);
        out.writeInt(content.length);
        out.write(content);
    }

    private void writeLong(char tag, long value) throws IOException {
        out.writeByte(tag);
        out.writeLong(value);
    }

    private void writeDouble(double value) throws IOException {
        out.writeByte('d');
        out.writeDouble(value);
    }

    private static @Nullable Object read(ByteBuffer buffer) {
        return switch ((char) buffer.get()) {
            case 'n' -> null;
            case 's' -> new String(readBytes(buffer), StandardCharsets.UTF_8);
            case 'y' -> readBytes(buffer);
            case 't' -> Boolean.TRUE;
            case 'f' -> Boolean.FALSE;
            case 'i' -> buffer.getLong();
            case 'e' -> buffer.getFloat();
            case 'd' -> buffer.getDouble();
            case 'z' -> Timestamps.ofMicros(buffer.getLong());
            case 'l' -> {
                int size = buffer.getInt();
                var list = new ArrayList<@Nullable Object>(size);
                for (int i = 0; i < size; i++) {
                    list.add(read(buffer));
                }
                yield list;
            }
            default -> throw new IllegalStateException("Not packed here");
        };
    }

    private static byte[] readBytes(ByteBuffer buffer) {
        byte[] content = new byte[buffer.getInt()];
        buffer.get(content);
        return content;
    }

    private static Object typed(Object raw, ValueType type) {
        return switch (type) {
            case ListType list -> {
                var elements = new ArrayList<@Nullable Object>();
                for (Object element : (List<?>) raw) {
                    elements.add(element == null ? null : scalar(element, list.element()));
                }
                yield elements;
            }
            case ScalarType scalar -> scalar(raw, scalar);
        };
    }

    private static Object scalar(Object raw, ScalarType type) {
        return switch (type) {
            case BOOLEAN -> raw instanceof String text ? Boolean.valueOf(text) : raw;
            case INT32 -> ((Number) raw).intValue();
            case INT64 -> raw instanceof String text ? (Object) Long.valueOf(text) : raw;
            case FLOAT32 -> ((Number) raw).floatValue();
            case FLOAT64 -> raw instanceof String text ? Double.parseDouble(text) : ((Number) raw).doubleValue();
            case STRING, BYTES, TIMESTAMP -> raw;
        };
    }
}
