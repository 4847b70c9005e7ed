package dev.asof.online;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** How Redis is reached. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(OnlineProperties.class)
class OnlineConfiguration {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);
    /** Commands that may wait for replies; beyond them Redis counts as gone rather than memory running out. */
    private static final int MOST_WAITING = 10_000;

    @Bean
    RedisURI redisUri(@Value("${spring.data.redis.url}") String url) {
        return uri(url);
    }

    static RedisURI uri(String url) {
        var uri = RedisURI.create(url);
        uri.setTimeout(CONNECT_TIMEOUT);
        return uri;
    }

    @Bean(destroyMethod = "close")
    RedisClient redisClient() {
        return client();
    }

    /** A connection that broke is not mended: who it leads to has to be found out anew. */
    static RedisClient client() {
        var client = RedisClient.create();
        client.setOptions(ClientOptions.builder()
                .autoReconnect(false)
                .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(MOST_WAITING)
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(CONNECT_TIMEOUT)
                        .keepAlive(true)
                        .build())
                .build());
        return client;
    }

    @Bean(destroyMethod = "close")
    SingleRedis redisNodes(RedisClient client, RedisURI uri, OnlineProperties properties) {
        return singleRedis(client, uri, properties);
    }

    static SingleRedis singleRedis(RedisClient client, RedisURI uri, OnlineProperties properties) {
        return new SingleRedis(new RedisNode(
                uri.getHost() + ":" + uri.getPort(),
                new RedisConnection(client, uri, properties.lookupTimeout()),
                new RedisConnection(client, uri, properties.writeTimeout()),
                ""));
    }
}
