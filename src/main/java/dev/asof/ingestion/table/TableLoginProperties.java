package dev.asof.ingestion.table;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How tables are read: the login for those of the server's own database, and the time that a read may take, of
 * whatever database.
 *
 * @param url JDBC URL; the server's own when not set
 * @param password when not set, one derived from the server's own password
 * @param temporaryFiles how much a query of the server's own database may write to temporary files
 */
@ConfigurationProperties("asof.tables")
record TableLoginProperties(
        @DefaultValue("asof_tables") String username,
        @Nullable String password,
        @Nullable String url,
        @DefaultValue("30m") Duration timeout,
        @DefaultValue("10GB") DataSize temporaryFiles) {

    @Override
    public String toString() {
        return "TableLoginProperties[username=%s, url=%s]".formatted(username, url);
    }
}
