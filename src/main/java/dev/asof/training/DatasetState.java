package dev.asof.training;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Where a version of a training dataset is on its way; the last three are final. */
enum DatasetState {
    PENDING,
    RUNNING,
    DONE,
    FAILED,
    CANCELLED;

    @JsonValue
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static DatasetState of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
