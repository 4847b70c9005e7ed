package dev.asof.online.row;

import dev.asof.shared.FloatVector;
import dev.asof.shared.JsonValues;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Single values in bytes: numbers at their fixed width, big-endian; text and bytes after a varint of their length;
 * lists after a varint of twice their length, odd when a bitmap of null elements follows.
 */
final class PackedValues {

    /** In place of a width, for types whose values differ in it. */
    static final int VARIABLE = -1;

    private static final VarHandle INT32 = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT64 = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private PackedValues() {}

    /** Bytes written one after the other. */
    static final class Writer {

        private ByteBuffer buffer;

        Writer(int expectedSize) {
            buffer = ByteBuffer.allocate(expectedSize);
        }

        Writer put(byte value) {
            room(1).put(value);
            return this;
        }

        Writer put(long value) {
            room(Long.BYTES).putLong(value);
            return this;
        }

        Writer putInt32(int value) {
            room(Integer.BYTES).putInt(value);
            return this;
        }

        Writer put(byte[] bytes) {
            room(bytes.length).put(bytes);
            return this;
        }

        void put(ValueType type, Object value) {
            switch (type) {
                case ScalarType scalar -> putScalar(scalar, value);
                case ListType list -> putList(list.element(), (List<?>) value);
            }
        }

        byte[] toBytes() {
            byte[] all = buffer.array();
            return buffer.position() == all.length ? all : Arrays.copyOf(all, buffer.position());
        }

        private void putScalar(ScalarType type, Object value) {
            switch (type) {
                case BOOLEAN -> put((byte) ((Boolean) value ? 1 : 0));
                case INT32 -> room(Integer.BYTES).putInt((Integer) value);
                case INT64 -> put((long) (Long) value);
                case FLOAT32 -> room(Float.BYTES).putFloat((Float) value);
                case FLOAT64 -> room(Double.BYTES).putDouble((Double) value);
                case STRING -> putWithLength(((String) value).getBytes(StandardCharsets.UTF_8));
                case BYTES -> putWithLength((byte[]) value);
                case TIMESTAMP -> put(Timestamps.toMicros((Instant) value));
            }
        }

        private void putWithLength(byte[] bytes) {
            putVarint(bytes.length);
            put(bytes);
        }

        private void putList(ScalarType type, List<?> elements) {
            var nulls = new Bitmap(elements.size());
            for (int i = 0; i < elements.size(); i++) {
                if (elements.get(i) == null) {
                    nulls.set(i);
                }
            }
            putVarint(elements.size() * 2L + (nulls.isEmpty() ? 0 : 1));
            if (!nulls.isEmpty()) {
                put(nulls.bytes());
            }
            for (Object element : elements) {
                if (element != null) {
                    putScalar(type, element);
                }
            }
        }

        private void putVarint(long value) {
            long rest = value;
            while (rest >= 0x80) {
                put((byte) (rest | 0x80));
                rest >>>= 7;
            }
            put((byte) rest);
        }

        private ByteBuffer room(int bytes) {
            if (buffer.remaining() < bytes) {
                int needed = buffer.position() + bytes;
                var larger = ByteBuffer.allocate(Math.max(needed, buffer.capacity() * 2));
                buffer = larger.put(buffer.flip());
            }
            return buffer;
        }
    }

    /** The width of a type's values, or {@link #VARIABLE}. */
    static int width(ScalarType type) {
        return switch (type) {
            case BOOLEAN -> 1;
            case INT32, FLOAT32 -> Integer.BYTES;
            case INT64, FLOAT64, TIMESTAMP -> Long.BYTES;
            case STRING, BYTES -> VARIABLE;
        };
    }

    static int int32(byte[] packed, int at) {
        return (int) INT32.get(packed, at);
    }

    static void setInt32(byte[] packed, int at, int value) {
        INT32.set(packed, at, value);
    }

    static long int64(byte[] packed, int at) {
        return (long) INT64.get(packed, at);
    }

    /** Where a value ends that begins at an offset. */
    static int end(byte[] packed, int at, ValueType type) {
        return switch (type) {
            case ScalarType scalar -> endOfScalar(packed, at, scalar);
            case ListType list -> {
                long head = varint(packed, at);
                int offset = afterVarint(packed, at) + bytesOfNulls(head);
                for (int i = 0; i < size(head); i++) {
                    if (!isNull(packed, at, head, i)) {
                        offset = endOfScalar(packed, offset, list.element());
                    }
                }
                yield offset;
            }
        };
    }

    private static int endOfScalar(byte[] packed, int at, ScalarType type) {
        int width = width(type);
        return width == VARIABLE ? afterVarint(packed, at) + (int) varint(packed, at) : at + width;
    }

    /** A value that begins at an offset. */
    static Object read(byte[] packed, int at, ValueType type) {
        return switch (type) {
            case ScalarType scalar -> readScalar(packed, at, scalar);
            case ListType list -> readList(packed, at, list.element());
        };
    }

    private static List<?> readList(byte[] packed, int at, ScalarType type) {
        long head = varint(packed, at);
        int offset = afterVarint(packed, at) + bytesOfNulls(head);
        if (type == ScalarType.FLOAT32 && (head & 1) == 0) {
            return readFloats(packed, offset, size(head));
        }
        var elements = new ArrayList<@Nullable Object>(size(head));
        for (int i = 0; i < size(head); i++) {
            if (isNull(packed, at, head, i)) {
                elements.add(null);
            } else {
                elements.add(readScalar(packed, offset, type));
                offset = endOfScalar(packed, offset, type);
            }
        }
        return Collections.unmodifiableList(elements);
    }

    private static List<?> readFloats(byte[] packed, int at, int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = Float.intBitsToFloat((int) INT32.get(packed, at + i * Float.BYTES));
        }
        return new FloatVector(numbers);
    }

    private static Object readScalar(byte[] packed, int at, ScalarType type) {
        return switch (type) {
            case BOOLEAN -> packed[at] != 0;
            case INT32 -> (int) INT32.get(packed, at);
            case INT64 -> int64(packed, at);
            case FLOAT32 -> Float.intBitsToFloat((int) INT32.get(packed, at));
            case FLOAT64 -> Double.longBitsToDouble(int64(packed, at));
            case STRING ->
                new String(packed, afterVarint(packed, at), (int) varint(packed, at), StandardCharsets.UTF_8);
            case BYTES -> Arrays.copyOfRange(packed, afterVarint(packed, at), endOfScalar(packed, at, type));
            case TIMESTAMP -> Timestamps.ofMicros(int64(packed, at));
        };
    }

    /** Writes a value that begins at an offset, in the form that {@link JsonValues} gives it (rule J1). */
    static void write(byte[] packed, int at, ValueType type, JsonBytes json, boolean int64AsText) {
        switch (type) {
            case ScalarType scalar -> writeScalar(packed, at, scalar, json, int64AsText);
            case ListType list -> writeList(packed, at, list.element(), json, int64AsText);
        }
    }

    private static void writeList(byte[] packed, int at, ScalarType type, JsonBytes json, boolean int64AsText) {
        long head = varint(packed, at);
        int offset = afterVarint(packed, at) + bytesOfNulls(head);
        json.raw('[');
        for (int i = 0; i < size(head); i++) {
            if (i > 0) {
                json.raw(',');
            }
            if (isNull(packed, at, head, i)) {
                json.nothing();
            } else {
                writeScalar(packed, offset, type, json, int64AsText);
                offset = endOfScalar(packed, offset, type);
            }
        }
        json.raw(']');
    }

    private static void writeScalar(byte[] packed, int at, ScalarType type, JsonBytes json, boolean int64AsText) {
        switch (type) {
            case BOOLEAN -> json.bool(packed[at] != 0);
            case INT32 -> json.int64((int) INT32.get(packed, at));
            case INT64 -> writeInt64(int64(packed, at), json, int64AsText);
            case FLOAT32 -> json.float32(Float.intBitsToFloat((int) INT32.get(packed, at)));
            case FLOAT64 -> json.float64(Double.longBitsToDouble(int64(packed, at)));
            case STRING -> json.utf8(packed, afterVarint(packed, at), (int) varint(packed, at));
            case BYTES -> json.base64(packed, afterVarint(packed, at), (int) varint(packed, at));
            case TIMESTAMP -> json.timestamp(int64(packed, at));
        }
    }

    static void writeInt64(long value, JsonBytes json, boolean asText) {
        if (asText) {
            json.raw('"').int64(value);
            json.raw('"');
        } else {
            json.int64(value);
        }
    }

    private static int size(long head) {
        return (int) (head >>> 1);
    }

    private static int bytesOfNulls(long head) {
        return (head & 1) == 0 ? 0 : Bitmap.bytesFor(size(head));
    }

    private static boolean isNull(byte[] packed, int at, long head, int element) {
        return (head & 1) != 0 && Bitmap.get(packed, afterVarint(packed, at), element);
    }

    private static long varint(byte[] packed, int at) {
        long value = 0;
        for (int i = at, shift = 0; ; i++, shift += 7) {
            value |= (packed[i] & 0x7FL) << shift;
            if (packed[i] >= 0) {
                return value;
            }
        }
    }

    private static int afterVarint(byte[] packed, int at) {
        int end = at;
        while (packed[end] < 0) {
            end++;
        }
        return end + 1;
    }
}
