package dev.asof.online;

import dev.asof.registry.RegisteredView;
import dev.asof.shared.EntityKey;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

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
        byte[] prefix = prefix(view.id());
        byte[] tag = tag(key);
        byte[] redisKey = new byte[prefix.length + tag.length + 1];
        System.arraycopy(prefix, 0, redisKey, 0, prefix.length);
        System.arraycopy(tag, 0, redisKey, prefix.length, tag.length);
        redisKey[redisKey.length - 1] = '}';
        return redisKey;
    }

    /** A glob that matches the keys of one view version and no other. */
    static String pattern(long viewId) {
        return new String(prefix(viewId), StandardCharsets.US_ASCII) + '*';
    }

    private static byte[] prefix(long viewId) {
        return ("f" + Long.toString(viewId, Character.MAX_RADIX) + '{').getBytes(StandardCharsets.US_ASCII);
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
