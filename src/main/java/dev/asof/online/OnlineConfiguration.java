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

/** Lookups and writers have a connection each, so that a lookup never queues behind a batch. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(OnlineProperties.class)
class OnlineConfiguration {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);
    /** Commands that may wait for replies; beyond them Redis counts as gone rather than memory running out. */
    private static final int MOST_WAITING = 10_000;

    @Bean
    RedisURI redisUri(@Value("${spring.data.redis.url}") String url) {
        return RedisURI.create(url);
    }

    @Bean(destroyMethod = "close")
    RedisClient redisClient() {
        var client = RedisClient.create();
        client.setOptions(ClientOptions.builder()
                .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(MOST_WAITING)
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(CONNECT_TIMEOUT)
                        .keepAlive(true)
                        .build())
                .build());
        return client;
    }

    @Bean
    RedisConnection lookupConnection(RedisClient client, RedisURI uri, OnlineProperties properties) {
        return new RedisConnection(client, uri, properties.lookupTimeout());
    }

    @Bean
    RedisConnection writeConnection(RedisClient client, RedisURI uri, OnlineProperties properties) {
        return new RedisConnection(client, uri, properties.writeTimeout());
    }
}
