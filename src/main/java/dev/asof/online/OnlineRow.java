package dev.asof.online;

import dev.asof.shared.EntityKey;

/**
 * A packed feature row.
 *
 * @param eventMicros the event timestamp, in microseconds since 1970
 * @param value as it stands in Redis
 */
@SuppressWarnings("ArrayRecordComponent")
public record OnlineRow(EntityKey key, long eventMicros, long rowSequence, byte[] value) {

    /** Whether this row wins over another of its key (rule A1). */
    public boolean isNewerThan(OnlineRow other) {
        return eventMicros != other.eventMicros ? eventMicros > other.eventMicros : rowSequence > other.rowSequence;
    }
}
