package dev.asof.materialization;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** What a materialization job does. */
public enum MaterializationKind {
    /** Computes a new version's feature rows from the log, then brings them online. */
    @JsonProperty("backfill")
    BACKFILL,
    /** Brings the feature rows in the offline store online again. */
    @JsonProperty("online_rebuild")
    ONLINE_REBUILD;

    String column() {
        return name().toLowerCase(Locale.ROOT);
    }
}
