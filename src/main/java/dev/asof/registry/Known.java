package dev.asof.registry;

import dev.asof.shared.Timestamps;
import java.time.Instant;
import java.util.Optional;

/** Rule A4: which rows count, by when they became known. */
public sealed interface Known {

    /** Every row stored now. */
    record Latest() implements Known {}

    /** Rows known at each spine row's as-of time. */
    record AsRecorded() implements Known {}

    /** Rows known at one instant. */
    record At(Instant instant) implements Known {}

    /** As definitions and requests write it; empty for any other text, also a timestamp finer than a microsecond. */
    static Optional<Known> parse(String text) {
        return switch (text) {
            case "latest" -> Optional.of(new Latest());
            case "as_recorded" -> Optional.of(new AsRecorded());
            default -> Timestamps.parse(text).filter(Timestamps::isExact).map(At::new);
        };
    }

    /** What {@link #parse} reads. */
    default String text() {
        return switch (this) {
            case Latest _ -> "latest";
            case AsRecorded _ -> "as_recorded";
            case At at -> Timestamps.format(at.instant());
        };
    }
}
