package dev.asof.online.redis;

import dev.asof.registry.RegisteredView;
import dev.asof.shared.EntityKey;
import java.io.ByteArrayOutputStream;

/**
 * The Redis keys of feature rows: {@code f<view id>{<entity key>}}. What stands in braces is Redis Cluster's hash tag,
 * so the rows of one entity key value live in one slot, whatever view they belong to. Braces within are escaped, and
 * so is the escape itself, so that keys never collide (rule A6).
 */
final class RowKeys {

    private static final char ESCAPE = '\\';
    /** An empty hash tag would not count as one; no encoded key begins with this letter. */
    private static final byte[] GLOBAL_TAG = {'g'};

    private RowKeys() {}

    static byte[] key(RegisteredView view, EntityKey key) {
        byte[] tag = tag(key);
        int digits = digits(view.id());
        byte[] redisKey = new byte[digits + tag.length + 3];
        redisKey[0] = 'f';
        long rest = view.id();
        for (int at = digits; at > 0; at--) {
            redisKey[at] = (byte) Character.forDigit((int) (rest % Character.MAX_RADIX), Character.MAX_RADIX);
            rest /= Character.MAX_RADIX;
        }
        redisKey[digits + 1] = '{';
        System.arraycopy(tag, 0, redisKey, digits + 2, tag.length);
        redisKey[redisKey.length - 1] = '}';
        return redisKey;
    }

    private static int digits(long viewId) {
        int digits = 1;
        for (long rest = viewId; rest >= Character.MAX_RADIX; rest /= Character.MAX_RADIX) {
            digits++;
        }
        return digits;
    }

    /** A glob that matches the keys of one view version and no other. */
    static String pattern(long viewId) {
        return "f" + Long.toString(viewId, Character.MAX_RADIX) + "{*";
    }

    private static byte[] tag(EntityKey key) {
        byte[] bytes = key.bytes();
        if (bytes.length == 0) {
            return GLOBAL_TAG;
        }
        for (byte b : bytes) {
            if (needsEscape(b)) {
                return escaped(bytes);
            }
        }
        return bytes;
    }

    private static byte[] escaped(byte[] bytes) {
        var out = new ByteArrayOutputStream(bytes.length + 8);
        for (byte b : bytes) {
            switch (b) {
                case '{' -> escape(out, '(');
                case '}' -> escape(out, ')');
                case ESCAPE -> escape(out, ESCAPE);
                default -> out.write(b);
            }
        }
        return out.toByteArray();
    }

    private static void escape(ByteArrayOutputStream out, char stand) {
        out.write(ESCAPE);
        out.write(stand);
    }

    private static boolean needsEscape(byte b) {
        return b == '{' || b == '}' || b == ESCAPE;
    }
}
