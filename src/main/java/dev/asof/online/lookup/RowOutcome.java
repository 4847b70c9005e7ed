package dev.asof.online.lookup;

import dev.asof.online.ValueStatus;
import dev.asof.online.row.JsonBytes;
import dev.asof.online.row.PackedRow;
import dev.asof.online.row.RowLayout;
import dev.asof.shared.Timestamps;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What reading one row came to at the as-of time (rule O1). */
sealed interface RowOutcome {

    /** No row, or one that deletes its key. */
    record NotFound() implements RowOutcome {}

    /** A row older than the view's TTL. */
    record TooOld(long eventMicros) implements RowOutcome {}

    record Found(PackedRow row) implements RowOutcome {}

    NotFound NOT_FOUND = new NotFound();

    /** @param oldest the event timestamp from which on a row counts, in microseconds */
    static RowOutcome of(RowLayout layout, byte @Nullable [] packed, long oldest) {
        if (packed == null) {
            return NOT_FOUND;
        }
        var row = new PackedRow(layout, packed);
        if (row.isDeleted()) {
            return NOT_FOUND;
        }
        return row.eventMicros() < oldest ? new TooOld(row.eventMicros()) : new Found(row);
    }

    default ValueStatus status(int feature) {
        return switch (this) {
            case NotFound() -> ValueStatus.NOT_FOUND;
            case TooOld(var _) -> ValueStatus.OUTSIDE_MAX_AGE;
            case Found(var row) -> row.status(feature);
        };
    }

    /** The value of a feature; null where there is none. */
    default @Nullable Object value(int feature) {
        return switch (this) {
            case Found(var row) -> row.value(feature);
            case NotFound(), TooOld(var _) -> null;
        };
    }

    /** When the event took place; null where there is none. */
    default @Nullable Instant eventTimestamp() {
        return switch (this) {
            case Found(var row) -> Timestamps.ofMicros(row.eventMicros());
            case TooOld(var eventMicros) -> Timestamps.ofMicros(eventMicros);
            case NotFound() -> null;
        };
    }

    default void writeValue(int feature, JsonBytes json, boolean int64AsText) {
        switch (this) {
            case Found(var row) -> row.write(feature, json, int64AsText);
            case NotFound(), TooOld(var _) -> json.nothing();
        }
    }

    default void writeEventTimestamp(JsonBytes json) {
        switch (this) {
            case Found(var row) -> json.timestamp(row.eventMicros());
            case TooOld(var eventMicros) -> json.timestamp(eventMicros);
            case NotFound() -> json.nothing();
        }
    }
}
