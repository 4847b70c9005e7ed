package dev.asof.shared;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.regex.Pattern;

/** Durations as users write them: {@code 90s}, {@code 15m}, {@code 24h}, {@code 7d}, or ISO-8601. */
public final class Durations {

    private static final Pattern SHORT = Pattern.compile("(\\d{1,9})(s|m|h|d)");

    /** The short forms have nine digits at most. */
    private static final long MAX_SHORT = 1_000_000_000;

    private Durations() {}

    /** Empty when the text is neither form. */
    public static Optional<Duration> parse(String text) {
        var matcher = SHORT.matcher(text);
        if (matcher.matches()) {
            long amount = Long.parseLong(matcher.group(1));
            return Optional.of(
                    switch (matcher.group(2)) {
                        case "s" -> Duration.ofSeconds(amount);
                        case "m" -> Duration.ofMinutes(amount);
                        case "h" -> Duration.ofHours(amount);
                        default -> Duration.ofDays(amount);
                    });
        }
        try {
            return Optional.of(Duration.parse(text));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /** The shortest of the short forms that is exact, ISO-8601 below a second or where it would be too long. */
    public static String format(Duration duration) {
        if (duration.getNano() != 0 || duration.isZero() || duration.isNegative()) {
            return duration.toString();
        }
        long seconds = duration.getSeconds();
        if (seconds % 86_400 == 0) {
            return seconds / 86_400 + "d";
        }
        if (seconds % 3_600 == 0) {
            return seconds / 3_600 + "h";
        }
        if (seconds >= MAX_SHORT) {
            return duration.toString();
        }
        return seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
    }
}
