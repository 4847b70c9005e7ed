package dev.asof.online.redis;

import dev.asof.online.OnlineProperties;
import dev.asof.shared.BackgroundLoops;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** How Redis is reached. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({OnlineProperties.class, RedisSettings.class})
class OnlineConfiguration {

    /** Commands that may wait for replies; beyond them Redis counts as gone rather than memory running out. */
    private static final int MOST_WAITING = 10_000;

    @Bean(destroyMethod = "close")
    RedisClient redisClient() {
        return client();
    }

    /**
     * A connection that broke is not mended: who it leads to has to be found out anew. And whoever waits for a reply says
     * how long; Lettuce would end each after the time that a connection may take to be made.
     */
    static RedisClient client() {
        var client = RedisClient.create();
        client.setOptions(ClientOptions.builder()
                .autoReconnect(false)
                .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(MOST_WAITING)
                .timeoutOptions(TimeoutOptions.builder().timeoutCommands(false).build())
                .socketOptions(sockets())
                .build());
        return client;
    }

    private static SocketOptions sockets() {
        return SocketOptions.builder()
                .connectTimeout(RedisSettings.CONNECT_TIMEOUT)
                .keepAlive(true)
                .build();
    }

    @Bean(destroyMethod = "close")
    RedisNodes redisNodes(
            RedisClient client, RedisSettings settings, OnlineProperties properties, BackgroundLoops loops) {
        return settings.isCluster()
                ? cluster(client, settings, properties, loops)
                : singleRedis(client, settings.singleUri(), properties);
    }

    static RedisCluster cluster(
            RedisClient client, RedisSettings settings, OnlineProperties properties, BackgroundLoops loops) {
        var topology = RedisClusterClient.create(client.getResources(), settings.clusterUris());
        topology.setOptions(
                ClusterClientOptions.builder().socketOptions(sockets()).build());
        return new RedisCluster(topology, (uri, hashTag) -> node(client, brief(uri), hashTag, properties), loops);
    }

    /** The addresses that a cluster tells would have a process that hangs waited for a minute. */
    private static RedisURI brief(RedisURI found) {
        return RedisURI.builder(found)
                .withTimeout(RedisSettings.CONNECT_TIMEOUT)
                .build();
    }

    static SingleRedis singleRedis(RedisClient client, RedisURI uri, OnlineProperties properties) {
        return new SingleRedis(node(client, uri, "", properties));
    }

    private static RedisNode node(RedisClient client, RedisURI uri, String hashTag, OnlineProperties properties) {
        return new RedisNode(
                uri.getHost() + ":" + uri.getPort(),
                new RedisConnection(client, uri, properties.lookupTimeout()),
                new RedisConnection(client, uri, properties.writeTimeout()),
                hashTag);
    }
}
