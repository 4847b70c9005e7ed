package dev.asof.training.spine;

import dev.asof.formats.ColumnForm;
import dev.asof.formats.HandedTexts;
import dev.asof.formats.ResultColumn;
import dev.asof.shared.FloatText;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Packs a spine's values into bytes and back, untouched whatever they are, so that the types of its columns need to be
 * known only when the whole spine was seen.
 */
final class HandedThrough {

    private ByteBuffer out = ByteBuffer.allocate(256);

    /** Packs values of the classes that {@link dev.asof.formats.TableReader} gives and {@link ValueType} lists. */
    byte[] pack(@Nullable Object[]... rows) {
        out.clear();
        for (var values : rows) {
            for (Object value : values) {
                write(value);
            }
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    /**
     * Unpacks values as the types found for their columns; columns first seen after this row are null.
     *
     * @param positions where in {@code into} each value goes
     */
    static void unpack(ByteBuffer buffer, List<ResultColumn> columns, @Nullable Object[] into, int[] positions) {
        for (int i = 0; i < positions.length; i++) {
            Object raw = buffer.hasRemaining() ? read(buffer) : null;
            into[positions[i]] = raw == null ? null : typed(raw, columns.get(i));
        }
    }

    private void write(@Nullable Object value) {
        switch (value) {
            case null -> tag('n', 0);
            case String text -> writeBytes('s', text.getBytes(StandardCharsets.UTF_8));
            case byte[] binary -> writeBytes('y', binary);
            case Boolean bool -> tag(bool ? 't' : 'f', 0);
            case Integer number -> tag('i', Long.BYTES).putLong(number);
            case Long number -> tag('i', Long.BYTES).putLong(number);
            case BigInteger number -> writeBytes('x', number.toString().getBytes(StandardCharsets.US_ASCII));
            case Float number -> tag('e', Float.BYTES).putFloat(number);
            case Double number -> tag('d', Double.BYTES).putDouble(number);
            case BigDecimal number -> writeBytes('x', number.toString().getBytes(StandardCharsets.US_ASCII));
            case Instant instant -> tag('z', Long.BYTES).putLong(Timestamps.toMicros(instant));
            case List<?> list -> {
                tag('l', Integer.BYTES).putInt(list.size());
                list.forEach(this::write);
            }
            default -> throw new IllegalArgumentException("Not a spine value: " + value.getClass());
        }
    }

    private void writeBytes(char tag, byte[] content) {
        tag(tag, Integer.BYTES + content.length).putInt(content.length).put(content);
    }

    /** Where the bytes after a tag go. */
    private ByteBuffer tag(char tag, int bytes) {
        if (out.remaining() < 1 + bytes) {
            out = ByteBuffer.allocate(2 * (out.position() + 1 + bytes)).put(out.flip());
        }
        return out.put((byte) tag);
    }

    private static @Nullable Object read(ByteBuffer buffer) {
        return switch ((char) buffer.get()) {
            case 'n' -> null;
            case 's' -> new String(readBytes(buffer), StandardCharsets.UTF_8);
            case 'y' -> readBytes(buffer);
            case 'x' -> new BigDecimal(new String(readBytes(buffer), StandardCharsets.US_ASCII));
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

    private static Object typed(Object raw, ResultColumn column) {
        return switch (column.type()) {
            case ListType list -> {
                var elements = new ArrayList<@Nullable Object>();
                for (Object element : (List<?>) raw) {
                    elements.add(element == null ? null : scalar(element, column, list.element()));
                }
                yield elements;
            }
            case ScalarType scalar -> scalar(raw, column, scalar);
        };
    }

    /** Decimals of a column have as many digits behind the point as its type says. */
    private static String text(Object raw, ResultColumn column) {
        if (column.form().orElse(null) instanceof ColumnForm.Decimal decimal) {
            return decimal.value(raw.toString()).toPlainString();
        }
        return raw instanceof BigDecimal number ? HandedTexts.of(number) : raw.toString();
    }

    private static Object scalar(Object raw, ResultColumn column, ScalarType type) {
        return switch (type) {
            case BOOLEAN -> raw instanceof String text ? Boolean.valueOf(text) : raw;
            case INT32 -> ((Number) raw).intValue();
            case INT64 -> raw instanceof String text ? Long.parseLong(text) : ((Number) raw).longValue();
            case FLOAT32 -> ((Number) raw).floatValue();
            case FLOAT64 -> raw instanceof String text ? FloatText.parse(text) : ((Number) raw).doubleValue();
            case STRING -> text(raw, column);
            case BYTES, TIMESTAMP -> raw;
        };
    }
}
