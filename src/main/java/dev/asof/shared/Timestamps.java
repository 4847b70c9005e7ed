package dev.asof.shared;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** Rule T1: a timestamp is an instant in UTC with microseconds, between the years 1 and 9999. */
public final class Timestamps {

    public static final Instant MIN = Instant.parse("0001-01-01T00:00:00Z");
    public static final Instant MAX = Instant.parse("9999-12-31T23:59:59.999999Z");

    /** No two timestamps are further apart. */
    public static final Duration RANGE = Duration.between(MIN, MAX);

    /** The number of characters of a timestamp's text. */
    public static final int TEXT_LENGTH = 27;

    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final long SECONDS_PER_DAY = 86_400;

    private Timestamps() {}

    /** Microseconds since 1970; digits below a microsecond are dropped, so check them first where they matter. */
    public static long toMicros(Instant instant) {
        return Math.addExact(
                Math.multiplyExact(instant.getEpochSecond(), MICROS_PER_SECOND), instant.getNano() / 1_000);
    }

    public static Instant ofMicros(long micros) {
        return Instant.ofEpochSecond(
                Math.floorDiv(micros, MICROS_PER_SECOND), Math.floorMod(micros, MICROS_PER_SECOND) * 1_000);
    }

    /** Whether the instant has no digits below a microsecond and lies between {@link #MIN} and {@link #MAX}. */
    public static boolean isExact(Instant instant) {
        return instant.getNano() % 1_000 == 0 && !instant.isBefore(MIN) && !instant.isAfter(MAX);
    }

    /** The instant at microseconds, rounded down: what the clock reads. */
    public static Instant truncated(Instant instant) {
        return instant.truncatedTo(java.time.temporal.ChronoUnit.MICROS);
    }

    /** {@code 2026-11-21T07:48:00.123456Z}: always six digits, always {@code Z}. */
    public static String format(Instant instant) {
        byte[] text = new byte[TEXT_LENGTH];
        format(toMicros(instant), text, 0);
        return new String(text, StandardCharsets.US_ASCII);
    }

    /**
     * Writes the same as {@link #format(Instant)}, {@link #TEXT_LENGTH} bytes of ASCII.
     *
     * @param micros since 1970, between {@link #MIN} and {@link #MAX}
     */
    public static void format(long micros, byte[] to, int at) {
        long seconds = Math.floorDiv(micros, MICROS_PER_SECOND);
        var date = LocalDate.ofEpochDay(Math.floorDiv(seconds, SECONDS_PER_DAY));
        int ofDay = (int) Math.floorMod(seconds, SECONDS_PER_DAY);
        digits(date.getYear(), 4, '-', to, at);
        digits(date.getMonthValue(), 2, '-', to, at + 5);
        digits(date.getDayOfMonth(), 2, 'T', to, at + 8);
        digits(ofDay / 3_600, 2, ':', to, at + 11);
        digits(ofDay / 60 % 60, 2, ':', to, at + 14);
        digits(ofDay % 60, 2, '.', to, at + 17);
        digits((int) Math.floorMod(micros, MICROS_PER_SECOND), 6, 'Z', to, at + 20);
    }

    private static void digits(int number, int count, char after, byte[] to, int at) {
        int rest = number;
        for (int i = at + count - 1; i >= at; i--) {
            to[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        to[at + count] = (byte) after;
    }

    /**
     * Reads ISO-8601 with an offset, with {@code T} or a space between date and time (rule J2); empty when the text
     * has another form or no offset.
     */
    public static Optional<Instant> parse(String text) {
        try {
            String iso = text.length() > 10 && text.charAt(10) == ' '
                    ? text.substring(0, 10) + 'T' + text.substring(11).replace(" ", "")
                    : text;
            return Optional.of(OffsetDateTime.parse(normalizedOffset(iso)).toInstant());
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static String normalizedOffset(String iso) {
        // pandas and Postgres write +00 and +0000, which OffsetDateTime refuses
        int sign = Math.max(iso.lastIndexOf('+'), iso.lastIndexOf('-'));
        if (sign < 11) {
            return iso;
        }
        String offset = iso.substring(sign + 1);
        return switch (offset.length()) {
            case 2 -> iso + ":00";
            case 4 -> iso.substring(0, sign + 3) + ":" + offset.substring(2);
            default -> iso;
        };
    }
}
