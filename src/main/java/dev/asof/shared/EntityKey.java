package dev.asof.shared;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The join key values of one entity, in declared order, in an encoding of bytes in which different values never
 * collide (rule A6): every value carries its type and its length. Strings are taken byte for byte in UTF-8.
 */
public final class EntityKey implements Comparable<EntityKey> {

    /** The greatest encoded length: a longer key would break a btree insert. */
    public static final int MAX_BYTES = 1024;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final EntityKey GLOBAL = new EntityKey(new byte[0]);

    private final byte[] bytes;
    private final int hash;
    private final long leading;

    private EntityKey(byte[] bytes) {
        this.bytes = bytes;
        this.hash = hash(bytes);
        this.leading = leading(bytes);
    }

    /** Spread well even where keys are numbers in a row, for which {@link Arrays#hashCode} is the same in tens of them. */
    private static int hash(byte[] bytes) {
        long hash = bytes.length;
        int at = 0;
        for (; at + Long.BYTES <= bytes.length; at += Long.BYTES) {
            hash = mixed(hash ^ (long) LONG.get(bytes, at));
        }
        long rest = 0;
        for (; at < bytes.length; at++) {
            rest = rest << Byte.SIZE | bytes[at] & 0xFF;
        }
        return (int) (mixed(hash ^ rest) >>> Integer.SIZE);
    }

    /** Multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4), both halves of the product used. */
    private static long mixed(long value) {
        long product = value * 0x9E3779B97F4A7C15L;
        return product ^ product >>> Integer.SIZE;
    }

    /** The first eight bytes of the first value, past its type and length. */
    private static long leading(byte[] bytes) {
        boolean hasLength = bytes.length > 0 && (bytes[0] == 's' || bytes[0] == 'b');
        int from = hasLength ? 1 + Integer.BYTES : 1;
        long leading = 0;
        for (int i = from; i < from + Long.BYTES; i++) {
            leading = leading << Byte.SIZE | (i < bytes.length ? bytes[i] & 0xFF : 0);
        }
        return leading;
    }

    /** The key of a view without entities. */
    public static EntityKey global() {
        return GLOBAL;
    }

    /**
     * Encodes key values of the classes {@link ValueType} lists.
     *
     * @return null when a value is null: such a row has no key
     */
    public static @Nullable EntityKey of(List<? extends @Nullable Object> values) {
        int size = 0;
        byte[][] parts = new byte[values.size()][];
        for (int i = 0; i < parts.length; i++) {
            Object value = values.get(i);
            if (value == null) {
                return null;
            }
            parts[i] = encoded(value);
            size += parts[i].length;
        }
        return parts.length == 0 ? GLOBAL : new EntityKey(joined(parts, size));
    }

    /** The key whose {@link #bytes()} these are. */
    public static EntityKey ofEncoded(byte[] bytes) {
        return bytes.length == 0 ? GLOBAL : new EntityKey(bytes);
    }

    /** Whether the key is longer than {@link #MAX_BYTES}, which every way in refuses. */
    public boolean isTooLong() {
        return bytes.length > MAX_BYTES;
    }

    /** The encoding; a copy is not made, so callers must not change it. */
    public byte[] bytes() {
        return bytes;
    }

    /** The key's values, in declared order. */
    public List<Object> values() {
        var values = new ArrayList<Object>();
        for (var rest = ByteBuffer.wrap(bytes); rest.hasRemaining(); ) {
            values.add(next(rest));
        }
        return values;
    }

    private static Object next(ByteBuffer rest) {
        byte tag = rest.get();
        return switch (tag) {
            case 's' -> new String(content(rest), StandardCharsets.UTF_8);
            case 'l' -> rest.getLong();
            case 'i' -> rest.getInt();
            case 't' -> true;
            case 'f' -> false;
            case 'z' -> Timestamps.ofMicros(rest.getLong());
            case 'b' -> content(rest);
            default -> throw new IllegalStateException("No key value begins with " + tag);
        };
    }

    private static byte[] content(ByteBuffer rest) {
        byte[] content = new byte[rest.getInt()];
        rest.get(content);
        return content;
    }

    private static byte[] joined(byte[][] parts, int size) {
        if (parts.length == 1) {
            return parts[0];
        }
        var buffer = ByteBuffer.allocate(size);
        for (byte[] part : parts) {
            buffer.put(part);
        }
        return buffer.array();
    }

    private static byte[] encoded(Object value) {
        return switch (value) {
            case String text -> withLength((byte) 's', text.getBytes(StandardCharsets.UTF_8));
            case Long number -> fixed((byte) 'l', 8).putLong(number).array();
            case Integer number -> fixed((byte) 'i', 4).putInt(number).array();
            case Boolean bool -> new byte[] {(byte) (bool ? 't' : 'f')};
            case Instant instant ->
                fixed((byte) 'z', 8).putLong(Timestamps.toMicros(instant)).array();
            case byte[] binary -> withLength((byte) 'b', binary);
            default -> throw new IllegalArgumentException("Not a key value: " + value.getClass());
        };
    }

    private static ByteBuffer fixed(byte tag, int length) {
        return ByteBuffer.allocate(1 + length).put(tag);
    }

    private static byte[] withLength(byte tag, byte[] content) {
        var buffer = ByteBuffer.allocate(1 + Integer.BYTES + content.length);
        return buffer.put(tag).putInt(content.length).put(content).array();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof EntityKey key && hash == key.hash && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /**
     * An order in which equal keys stand together, near to the one Postgres has them in: by the beginning of the first
     * value, byte for byte, before anything else.
     */
    @Override
    public int compareTo(EntityKey other) {
        int byLeading = Long.compareUnsigned(leading, other.leading);
        return byLeading != 0 ? byLeading : Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public String toString() {
        return java.util.HexFormat.of().formatHex(bytes);
    }
}
