package dev.asof.materialization;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** Where a materialization job stands. */
public enum MaterializationState {
    @JsonProperty("pending")
    PENDING,
    @JsonProperty("running")
    RUNNING,
    @JsonProperty("done")
    DONE,
    @JsonProperty("failed")
    FAILED,
    @JsonProperty("cancelled")
    CANCELLED;

    static MaterializationState ofColumn(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
