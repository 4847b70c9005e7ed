package dev.asof.online;

import java.util.List;

/** The Redis processes that take writes, as they are known now. */
interface RedisNodes {

    List<RedisNode> all();

    /** The process that holds a key, or is to. */
    RedisNode of(byte[] key);
}
