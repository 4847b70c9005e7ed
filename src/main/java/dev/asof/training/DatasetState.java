package dev.asof.training;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Where a version of a training dataset is on its way; the last three are final. */
public enum DatasetState {
    PENDING,
    RUNNING,
    DONE,
    FAILED,
    CANCELLED;

    @JsonValue
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static DatasetState of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
