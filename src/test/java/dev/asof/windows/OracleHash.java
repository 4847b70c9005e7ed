package dev.asof.windows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;

/** The hash by which sketches choose the values that they keep: the first 64 bits of Murmur3's 128, written out anew. */
final class OracleHash {

    private static final long C1 = 0x87c37b91114253d5L;
    private static final long C2 = 0x4cf5ad432745937fL;

    private OracleHash() {}

    static long of(Object value) {
        return murmur(bytes(value));
    }

    /** Integers, bits of floats and microseconds of instants in eight bytes, least first; text in UTF-8. */
    private static byte[] bytes(Object value) {
        return switch (value) {
            case Double number -> bytes(Double.doubleToLongBits(number));
            case Long number -> bytes((long) number);
            case Boolean bool -> bytes(bool ? 1L : 0L);
            case Instant instant -> bytes(ChronoUnit.MICROS.between(Instant.EPOCH, instant));
            case String text -> text.getBytes(StandardCharsets.UTF_8);
            default -> throw new IllegalArgumentException(String.valueOf(value));
        };
    }

    private static byte[] bytes(long number) {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(number)
                .array();
    }

    static long murmur(byte[] bytes) {
        long h1 = 0;
        long h2 = 0;
        int whole = bytes.length / 16 * 16;
        var blocks = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < whole; at += 16) {
            h1 ^= first(blocks.getLong(at));
            h1 = (Long.rotateLeft(h1, 27) + h2) * 5 + 0x52dce729;
            h2 ^= second(blocks.getLong(at + 8));
            h2 = (Long.rotateLeft(h2, 31) + h1) * 5 + 0x38495ab5;
        }
        var tail = ByteBuffer.wrap(Arrays.copyOf(Arrays.copyOfRange(bytes, whole, bytes.length), 16))
                .order(ByteOrder.LITTLE_ENDIAN);
        h1 ^= first(tail.getLong(0));
        h2 ^= second(tail.getLong(8));
        h1 ^= bytes.length;
        h2 ^= bytes.length;
        h1 += h2;
        h2 += h1;
        return mixed(h1) + mixed(h2);
    }

    private static long first(long k) {
        return Long.rotateLeft(k * C1, 31) * C2;
    }

    private static long second(long k) {
        return Long.rotateLeft(k * C2, 33) * C1;
    }

    private static long mixed(long h) {
        long k = (h ^ (h >>> 33)) * 0xff51afd7ed558ccdL;
        k = (k ^ (k >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return k ^ (k >>> 33);
    }
}
