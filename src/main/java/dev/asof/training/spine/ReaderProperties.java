package dev.asof.training.spine;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The logins that read what is made for users: people's own, for psql and the like, and the server's, which runs the SQL
 * that they send it. They are two, so that nothing that a person does with the first touches the second.
 *
 * @param username of people
 * @param password of people; when not set, one derived from the server's own password
 * @param serverUsername of the server
 * @param serverPassword of the server; when not set, one derived from the server's own password
 * @param url JDBC URL; the server's own when not set
 * @param deadline how long a user's SQL may run, reading its rows included
 * @param maxConnections how many of its statements may run at once on this server
 * @param maxSessions how many sessions people may have at once
 * @param temporaryFiles how much a query may write to temporary files
 */
@ConfigurationProperties("asof.reader")
record ReaderProperties(
        @DefaultValue("asof_reader") String username,
        @Nullable String password,
        @DefaultValue("asof_sql") String serverUsername,
        @Nullable String serverPassword,
        @Nullable String url,
        @DefaultValue("2m") Duration deadline,
        @DefaultValue("4") int maxConnections,
        @DefaultValue("10") int maxSessions,
        @DefaultValue("2GB") DataSize temporaryFiles) {

    ReaderProperties {
        if (username.equals(serverUsername)) {
            throw new IllegalArgumentException(
                    "asof.reader.username and asof.reader.server-username must be two logins, not both '%s'"
                            .formatted(username));
        }
    }

    @Override
    public String toString() {
        return "ReaderProperties[username=%s, serverUsername=%s, url=%s]".formatted(username, serverUsername, url);
    }
}
