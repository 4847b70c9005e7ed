package dev.asof.support;

import dev.asof.AsofApplication;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** A whole server that a test starts and stops by itself, on stores that outlive it. */
public final class StartedServer implements AutoCloseable {

    private final ConfigurableApplicationContext context;

    private StartedServer(ConfigurableApplicationContext context) {
        this.context = context;
    }

    /** @param properties further ones, as {@code name=value}, which take the place of those set here */
    public static StartedServer on(TestStores.Database database, String redisUri, String... properties) {
        var arguments = new ArrayList<>(List.of(
                "asof.embedded.enabled=false",
                "server.port=0",
                "spring.datasource.url=" + database.jdbcUrl(),
                "spring.datasource.username=" + database.username(),
                "spring.datasource.password=" + database.password(),
                "spring.datasource.hikari.maximum-pool-size=8",
                "spring.datasource.hikari.minimum-idle=0",
                "spring.data.redis.url=" + redisUri,
                "asof.reader.password=reader-of-tests",
                "asof.shutdown.delay=0s"));
        for (String property : properties) {
            String name = property.substring(0, property.indexOf('=') + 1);
            arguments.removeIf(each -> each.startsWith(name));
            arguments.add(property);
        }
        return new StartedServer(new SpringApplicationBuilder(AsofApplication.class)
                .run(arguments.stream().map(each -> "--" + each).toArray(String[]::new)));
    }

    public int port() {
        return context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    }

    public ApiClient api() {
        return new ApiClient(port());
    }

    public DataSource dataSource() {
        return context.getBean(DataSource.class);
    }

    @Override
    public void close() {
        context.close();
    }
}
