package dev.asof.online;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import java.nio.ByteBuffer;
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

    static Object read(ByteBuffer from, ValueType type) {
        return switch (type) {
            case ScalarType scalar -> readScalar(from, scalar);
            case ListType list -> readList(from, list.element());
        };
    }

    static void skip(ByteBuffer from, ValueType type) {
        switch (type) {
            case ScalarType scalar -> skipScalar(from, scalar);
            case ListType list -> readList(from, list.element());
        }
    }

    private static Object readScalar(ByteBuffer from, ScalarType type) {
        return switch (type) {
            case BOOLEAN -> from.get() != 0;
            case INT32 -> from.getInt();
            case INT64 -> from.getLong();
            case FLOAT32 -> from.getFloat();
            case FLOAT64 -> from.getDouble();
            case STRING -> new String(readBytes(from), StandardCharsets.UTF_8);
            case BYTES -> readBytes(from);
            case TIMESTAMP -> Timestamps.ofMicros(from.getLong());
        };
    }

    private static void skipScalar(ByteBuffer from, ScalarType type) {
        int width = switch (type) {
            case BOOLEAN -> 1;
            case INT32, FLOAT32 -> Integer.BYTES;
            case INT64, FLOAT64, TIMESTAMP -> Long.BYTES;
            case STRING, BYTES -> (int) readVarint(from);
        };
        from.position(from.position() + width);
    }

    private static byte[] readBytes(ByteBuffer from) {
        byte[] bytes = new byte[(int) readVarint(from)];
        from.get(bytes);
        return bytes;
    }

    private static List<@Nullable Object> readList(ByteBuffer from, ScalarType type) {
        long head = readVarint(from);
        int size = (int) (head >>> 1);
        var nulls = (head & 1) == 0 ? Bitmap.NONE : Bitmap.read(from, size);
        var elements = new ArrayList<@Nullable Object>(size);
        for (int i = 0; i < size; i++) {
            elements.add(nulls.get(i) ? null : readScalar(from, type));
        }
        return Collections.unmodifiableList(elements);
    }

    private static long readVarint(ByteBuffer from) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = from.get();
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }
}
