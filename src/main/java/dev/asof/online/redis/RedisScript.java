package dev.asof.online.redis;

import io.lettuce.core.codec.Base16;
import java.nio.charset.StandardCharsets;

/**
 * A script that Redis runs as one step over some keys, with an argument for each, and that answers the positions of keys that
 * it wants to have again, counted from 0.
 *
 * @param hash by which Redis knows it, so that servers of different versions can run beside each other
 */
@SuppressWarnings("ArrayRecordComponent")
record RedisScript(byte[] text, String hash) {

    static RedisScript of(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new RedisScript(bytes, Base16.digest(bytes));
    }
}
