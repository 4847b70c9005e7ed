package dev.asof.online.redis;

import io.lettuce.core.RedisURI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where Redis is, under the names that Spring Boot has for it.
 *
 * @param url of a single Redis, {@code redis://:password@host:6379/0}; doesn't count where there are cluster nodes
 * @param username of a cluster's nodes
 * @param password of a cluster's nodes
 * @param ssl of a cluster's nodes; a url says it by its scheme, {@code rediss://}
 * @param cluster in place of a single Redis, where it has nodes
 */
@ConfigurationProperties("spring.data.redis")
record RedisSettings(
        @Nullable String url,
        @Nullable String username,
        @Nullable String password,
        @DefaultValue Ssl ssl,
        @DefaultValue Cluster cluster) {

    /** Until a connection is made, and until it has said who it leads to. */
    static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);

    record Ssl(@DefaultValue("false") boolean enabled) {}

    /** @param nodes some of a cluster's nodes, {@code host:port}; the others are found */
    record Cluster(@DefaultValue List<String> nodes) {

        Cluster {
            nodes = List.copyOf(nodes);
        }
    }

    boolean isCluster() {
        return !cluster.nodes().isEmpty();
    }

    RedisURI singleUri() {
        if (url == null) {
            throw new IllegalStateException("Set spring.data.redis.url or spring.data.redis.cluster.nodes");
        }
        return uri(url);
    }

    static RedisURI uri(String url) {
        var uri = RedisURI.create(url);
        uri.setTimeout(CONNECT_TIMEOUT);
        return uri;
    }

    List<RedisURI> clusterUris() {
        return cluster.nodes().stream().map(this::clusterUri).toList();
    }

    private RedisURI clusterUri(String node) {
        int colon = node.lastIndexOf(':');
        if (colon < 1) {
            throw new IllegalStateException(
                    "spring.data.redis.cluster.nodes has '%s' in place of host:port".formatted(node));
        }
        var uri = RedisURI.builder()
                .withHost(node.substring(0, colon))
                .withPort(Integer.parseInt(node.substring(colon + 1)))
                .withSsl(ssl.enabled())
                .withTimeout(CONNECT_TIMEOUT);
        if (password != null && username != null) {
            uri.withAuthentication(username, password.toCharArray());
        } else if (password != null) {
            uri.withPassword(password.toCharArray());
        }
        return uri.build();
    }
}
