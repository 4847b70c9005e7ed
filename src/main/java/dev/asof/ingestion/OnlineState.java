package dev.asof.ingestion;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Whether a batch's rows are in the online store (rule I1). */
public enum OnlineState {
    /** All of them are. */
    @JsonProperty("applied")
    APPLIED,
    /** All that are due are; the others are ahead of the clock, and will be when their time comes. */
    @JsonProperty("scheduled")
    SCHEDULED,
    /** Some will be without anyone acting: the online store was away. */
    @JsonProperty("pending")
    PENDING
}
