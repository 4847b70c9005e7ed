package dev.asof.ingestion;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Whether a batch's rows are in the online store (rule I1). */
public enum OnlineState {
    /** All of them are. */
    @JsonProperty("applied")
    APPLIED,
    /** Some will be without anyone acting: the online store was away, or events are not due yet. */
    @JsonProperty("pending")
    PENDING
}
