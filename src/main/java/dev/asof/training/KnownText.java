package dev.asof.training;

import dev.asof.registry.Known;
import dev.asof.shared.Timestamps;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How requests and stored datasets write which rows count as known. */
public final class KnownText {

    private KnownText() {}

    /** @return empty when nothing is asked for, and when it is none of them, which is then among the violations */
    public static Optional<Known> parse(@Nullable String text, Violations violations) {
        if (text == null) {
            return Optional.empty();
        }
        if (text.equals("latest")) {
            return Optional.of(new Known.Latest());
        }
        if (text.equals("as_recorded")) {
            return Optional.of(new Known.AsRecorded());
        }
        var instant = Timestamps.parse(text).filter(Timestamps::isExact);
        if (instant.isEmpty()) {
            violations.add(Violation.of(
                    "known",
                    "type",
                    "Use latest, as_recorded or a timestamp with an offset such as 2026-11-21T07:48:00Z, not '%s'"
                            .formatted(text)));
        }
        return instant.map(Known.At::new);
    }

    public static String of(Known known) {
        return switch (known) {
            case Known.Latest() -> "latest";
            case Known.AsRecorded() -> "as_recorded";
            case Known.At(var instant) -> Timestamps.format(instant);
        };
    }
}
