package dev.asof.online.redis;

import java.util.List;
import java.util.Optional;

/** One Redis process that holds everything; there may be others behind it to take its place, unknown to us. */
final class SingleRedis implements RedisNodes {

    private final List<RedisNode> nodes;
    private final Optional<RedisNode> node;

    SingleRedis(RedisNode node) {
        this.nodes = List.of(node);
        this.node = Optional.of(node);
    }

    @Override
    public List<RedisNode> all() {
        return nodes;
    }

    @Override
    public boolean areAll() {
        return true;
    }

    @Override
    public int slot(byte[] key) {
        return 0;
    }

    @Override
    public Optional<RedisNode> ofSlot(int slot) {
        return node;
    }

    @Override
    public void changed() {
        // its address stays the same
    }

    @Override
    public void close() {
        nodes.getFirst().close();
    }
}
