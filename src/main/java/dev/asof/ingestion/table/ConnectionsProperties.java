package dev.asof.ingestion.table;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** Other databases that table sources may name. */
@ConfigurationProperties("asof")
record ConnectionsProperties(@DefaultValue Map<String, Login> connections) {

    private static final String POSTGRES = "jdbc:postgresql:";

    ConnectionsProperties {
        connections = Map.copyOf(connections);
        connections.forEach((name, login) -> {
            if (!login.url().startsWith(POSTGRES)) {
                throw new IllegalArgumentException(
                        "asof.connections.%s.url must begin with %s".formatted(name, POSTGRES));
            }
        });
    }

    /** Where a database is, and who reads it. */
    record Login(String url, String username, @Nullable String password) {

        @Override
        public String toString() {
            return "Login[url=%s, username=%s]".formatted(url, username);
        }
    }
}
