package dev.asof.online.lookup;

import dev.asof.online.ValueStatus;
import dev.asof.online.row.JsonBytes;
import dev.asof.online.row.PackedRow;
import dev.asof.online.row.RowLayout;
import dev.asof.online.row.WindowValues;
import dev.asof.shared.Timestamps;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What reading one row came to at the as-of time (rule O1). Values are found by slots: first the view's features that are no
 * aggregates, then what is answered of its aggregates.
 */
sealed interface RowOutcome {

    /** No row, or one that deletes its key. */
    record NotFound() implements RowOutcome {}

    /** A row older than the view's TTL. */
    record TooOld(long eventMicros) implements RowOutcome {}

    record Found(PackedRow row) implements RowOutcome {}

    /**
     * A key of a view with aggregates.
     *
     * @param row what there is of the newest row
     * @param firstAggregate the slot of the first of the windows' values
     */
    record Windowed(RowOutcome row, int firstAggregate, WindowValues values) implements RowOutcome {}

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

    default ValueStatus status(int slot) {
        return switch (this) {
            case NotFound() -> ValueStatus.NOT_FOUND;
            case TooOld(var _) -> ValueStatus.OUTSIDE_MAX_AGE;
            case Found(var row) -> row.status(slot);
            case Windowed(var row, var first, var values) ->
                slot < first ? row.status(slot) : values.status(slot - first);
        };
    }

    /** A value; null where there is none. */
    default @Nullable Object value(int slot) {
        return switch (this) {
            case Found(var row) -> row.value(slot);
            case NotFound(), TooOld(var _) -> null;
            case Windowed(var row, var first, var values) ->
                slot < first ? row.value(slot) : values.value(slot - first);
        };
    }

    /** When the event took place; null where there is none. */
    default @Nullable Instant eventTimestamp(int slot) {
        return switch (this) {
            case Found(var row) -> Timestamps.ofMicros(row.eventMicros());
            case TooOld(var eventMicros) -> Timestamps.ofMicros(eventMicros);
            case NotFound() -> null;
            case Windowed(var row, var first, var values) -> {
                if (slot < first) {
                    yield row.eventTimestamp(slot);
                }
                yield values.hasEvent(slot - first) ? Timestamps.ofMicros(values.eventMicros(slot - first)) : null;
            }
        };
    }

    default void writeValue(int slot, JsonBytes json, boolean int64AsText) {
        switch (this) {
            case Found(var row) -> row.write(slot, json, int64AsText);
            case NotFound(), TooOld(var _) -> json.nothing();
            case Windowed(var row, var first, var values) -> {
                if (slot < first) {
                    row.writeValue(slot, json, int64AsText);
                } else {
                    values.write(slot - first, json, int64AsText);
                }
            }
        }
    }

    default void writeEventTimestamp(int slot, JsonBytes json) {
        switch (this) {
            case Found(var row) -> json.timestamp(row.eventMicros());
            case TooOld(var eventMicros) -> json.timestamp(eventMicros);
            case NotFound() -> json.nothing();
            case Windowed(var row, var first, var values) -> {
                if (slot < first) {
                    row.writeEventTimestamp(slot, json);
                } else if (values.hasEvent(slot - first)) {
                    json.timestamp(values.eventMicros(slot - first));
                } else {
                    json.nothing();
                }
            }
        }
    }
}
