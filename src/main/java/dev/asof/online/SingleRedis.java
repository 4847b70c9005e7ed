package dev.asof.online;

import java.util.List;

/** One Redis process that holds everything; with others behind it that may take its place, unknown to us. */
final class SingleRedis implements RedisNodes, AutoCloseable {

    private final RedisNode node;

    SingleRedis(RedisNode node) {
        this.node = node;
    }

    @Override
    public List<RedisNode> all() {
        return List.of(node);
    }

    @Override
    public RedisNode of(byte[] key) {
        return node;
    }

    @Override
    public void close() {
        node.close();
    }
}
