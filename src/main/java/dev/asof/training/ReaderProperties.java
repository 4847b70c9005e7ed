package dev.asof.training;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The login that runs the SQL of users.
 *
 * @param url JDBC URL; the server's own when not set
 * @param password when not set, one derived from the server's own password
 * @param deadline how long a user's SQL may run, reading its rows included
 * @param maxConnections how many of its statements may run at once on this server
 */
@ConfigurationProperties("asof.reader")
record ReaderProperties(
        @DefaultValue("asof_reader") String username,
        @Nullable String password,
        @Nullable String url,
        @DefaultValue("2m") Duration deadline,
        @DefaultValue("4") int maxConnections) {

    @Override
    public String toString() {
        return "ReaderProperties[username=%s, url=%s]".formatted(username, url);
    }
}
