package dev.asof.online;

import dev.asof.registry.RegisteredView;
import dev.asof.shared.Timestamps;
import java.time.Instant;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** What reading one row came to at the as-of time (rule O1). */
sealed interface RowOutcome {

    /** No row, or one that deletes its key. */
    record NotFound() implements RowOutcome {}

    /** A row older than the view's TTL. */
    record TooOld(String eventTimestamp, long eventMicros) implements RowOutcome {}

    record Found(String eventTimestamp, RowCodec.Unpacked row) implements RowOutcome {}

    NotFound NOT_FOUND = new NotFound();

    /** @param wanted the positions of the features that are asked for */
    static RowOutcome of(RegisteredView view, byte @Nullable [] packed, Instant asOf, IntPredicate wanted) {
        if (packed == null) {
            return NOT_FOUND;
        }
        var row = RowCodec.unpack(view, packed, wanted);
        if (row.deleted()) {
            return NOT_FOUND;
        }
        var event = Timestamps.ofMicros(row.eventMicros());
        String eventTimestamp = Timestamps.format(event);
        boolean tooOld = view.ttl().filter(ttl -> event.isBefore(asOf.minus(ttl))).isPresent();
        return tooOld ? new TooOld(eventTimestamp, row.eventMicros()) : new Found(eventTimestamp, row);
    }

    default ValueStatus status(int feature) {
        return switch (this) {
            case NotFound() -> ValueStatus.NOT_FOUND;
            case TooOld(var _, var _) -> ValueStatus.OUTSIDE_MAX_AGE;
            case Found(var _, var row) -> {
                if (row.values()[feature] != null) {
                    yield ValueStatus.PRESENT;
                }
                yield row.failed().get(feature) ? ValueStatus.ERROR : ValueStatus.NULL_VALUE;
            }
        };
    }

    default Optional<Object> value(int feature) {
        return switch (this) {
            case Found(var _, var row) -> Optional.ofNullable(row.values()[feature]);
            case NotFound(), TooOld(var _, var _) -> Optional.empty();
        };
    }

    default Optional<String> timestamp() {
        return switch (this) {
            case Found(var eventTimestamp, var _) -> Optional.of(eventTimestamp);
            case TooOld(var eventTimestamp, var _) -> Optional.of(eventTimestamp);
            case NotFound() -> Optional.empty();
        };
    }
}
