package dev.asof.support;

import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;

/** Gives an application context a Postgres database and a Redis database of its own. */
public final class TestStoresInitializer implements ApplicationContextInitializer<ConfigurableApplicationContext> {

    @Override
    public void initialize(ConfigurableApplicationContext context) {
        var database = TestStores.newDatabase();
        TestStores.closeAtEnd(context);
        context.getBeanFactory().addBeanPostProcessor(FailingLoops.in(context));
        TestPropertyValues.of(
                        "spring.datasource.url=" + database.jdbcUrl(),
                        "spring.datasource.username=" + database.username(),
                        "spring.datasource.password=" + database.password(),
                        "spring.datasource.hikari.maximum-pool-size=8",
                        "spring.datasource.hikari.minimum-idle=0",
                        "spring.data.redis.url=" + TestStores.newRedisUri(),
                        // A role belongs to the whole Postgres server, and so must have one password for all contexts.
                        "asof.reader.password=reader-of-tests",
                        "asof.shutdown.delay=0s")
                .applyTo(context);
    }
}
