package dev.asof.online;

import io.lettuce.core.api.StatefulRedisConnection;

/**
 * One TCP connection, which is never made again: whatever it reads and writes is in one process.
 *
 * @param runId of that process
 */
record RedisLink(StatefulRedisConnection<byte[], byte[]> connection, String runId) {

    boolean isOpen() {
        return connection.isOpen();
    }
}
