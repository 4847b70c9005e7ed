package dev.asof.embedded;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Starts what is not configured: Postgres without {@code spring.datasource.url}, Redis without
 * {@code spring.data.redis.url} or {@code spring.data.redis.cluster.nodes}. Before the application context, so that
 * every bean finds configured stores; they come up while it is made, and are waited for before a connection pool is.
 * Stopped after it, so that connection pools close before their servers.
 */
final class EmbeddedEnvironmentPostProcessor implements EnvironmentPostProcessor, Ordered {

    private static final String DATASOURCE_URL = "spring.datasource.url";
    private static final String REDIS_URL = "spring.data.redis.url";
    private static final String REDIS_CLUSTER = "spring.data.redis.cluster.nodes";
    private static final String READER_PASSWORD = "asof.reader.password";

    /** After the configuration files are read. */
    @Override
    public int getOrder() {
        return ConfigDataEnvironmentPostProcessor.ORDER + 1;
    }

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        var postgres = !environment.containsProperty(DATASOURCE_URL);
        var redis = !environment.containsProperty(REDIS_URL)
                && clusterNodes(environment).isEmpty();
        if (!environment.getProperty("asof.embedded.enabled", Boolean.class, true) || !(postgres || redis)) {
            application.setBanner(new StartupBanner("in the configured stores", false));
            return;
        }
        var directory = Path.of(environment.getProperty("asof.embedded.data-dir", "data"));
        var settings = new EmbeddedSettings(
                directory, directory.resolve("bin"), EmbeddedSettings.Durability.KEPT, postgres, redis);
        var stores = EmbeddedStores.begin(settings);
        SpringApplication.getShutdownHandlers().add(stores::close);
        application.addInitializers(context -> {
            context.getBeanFactory().addBeanPostProcessor(new AwaitStores(stores));
            context.getBeanFactory().registerSingleton("embeddedStores", stores);
        });
        environment
                .getPropertySources()
                .addFirst(new MapPropertySource(
                        "embeddedStores", properties(stores, environment.containsProperty(READER_PASSWORD))));
        application.setBanner(new StartupBanner(settings.dataDirectory().toString(), postgres));
    }

    private static List<String> clusterNodes(ConfigurableEnvironment environment) {
        return Binder.get(environment)
                .bind(REDIS_CLUSTER, Bindable.listOf(String.class))
                .orElse(List.of());
    }

    private static Map<String, Object> properties(EmbeddedStores stores, boolean readerIsConfigured) {
        var properties = new LinkedHashMap<String, Object>();
        stores.postgres().ifPresent(postgres -> {
            properties.put(DATASOURCE_URL, postgres.jdbcUrl());
            properties.put("spring.datasource.username", postgres.username());
            properties.put("spring.datasource.password", postgres.password());
            if (!readerIsConfigured) {
                properties.put(READER_PASSWORD, stores.readerPassword());
            }
        });
        stores.redisUri().ifPresent(uri -> properties.put(REDIS_URL, uri));
        return properties;
    }

    private record AwaitStores(EmbeddedStores stores) implements BeanPostProcessor {

        @Override
        public Object postProcessBeforeInitialization(Object bean, String name) {
            if (bean instanceof DataSource) {
                stores.awaitStarted();
            }
            return bean;
        }
    }
}
