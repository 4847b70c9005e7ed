package dev.asof.online.redis;

import java.util.List;
import java.util.Optional;

/** The Redis processes that take writes, as they are known now, and which of them holds what. */
interface RedisNodes extends AutoCloseable {

    /** Those that hold a slot. */
    List<RedisNode> all();

    /** Whether together they hold every slot. */
    boolean areAll();

    /** The slot of a key: a command takes only keys of one slot. */
    int slot(byte[] key);

    /** The process that holds a slot; empty while nobody does. */
    Optional<RedisNode> ofSlot(int slot);

    /** Has it found out soon who holds what: somebody found that things have changed. */
    void changed();

    @Override
    void close();
}
