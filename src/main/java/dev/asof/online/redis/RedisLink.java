package dev.asof.online.redis;

import io.lettuce.core.api.StatefulRedisConnection;
import java.util.concurrent.Semaphore;

/**
 * One TCP connection, which is never made again: whatever it reads and writes is in one process.
 *
 * @param runId of that process
 * @param room of rows that may be on their way at once, for all who share the connection: they are served in turn, so
 *     that this is also how much one has to wait behind
 */
record RedisLink(StatefulRedisConnection<byte[], byte[]> connection, String runId, Semaphore room) {

    /**
     * Redis reads or writes as many in some 10 ms. Less than the commands that may wait for replies, as each row may
     * take a command of its own.
     */
    static final int ROWS = 8_000;

    RedisLink(StatefulRedisConnection<byte[], byte[]> connection, String runId) {
        this(connection, runId, new Semaphore(ROWS, true));
    }

    boolean isOpen() {
        return connection.isOpen();
    }
}
