package dev.asof.transform;

import static dev.asof.transform.Operation.of;
import static dev.asof.transform.Strict.doubleOf;
import static dev.asof.transform.Strict.longOf;
import static dev.asof.transform.Type.DOUBLE;
import static dev.asof.transform.Type.INT;
import static dev.asof.transform.Type.STRING;
import static dev.asof.transform.Type.TIMESTAMP;

import dev.asof.shared.Suggestions;
import dev.asof.shared.Timestamps;
import dev.asof.transform.Strict.LongOf;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneRules;
import java.util.List;
import java.util.stream.Stream;

/** Functions of timestamps. Local hours and days are UTC's unless a zone is given. */
final class TimeOperations {

    private static final double MICROS_PER_SECOND = 1e6;
    private static final double MICROS_PER_DAY = 86_400e6;
    private static final int SECONDS_PER_HOUR = 3_600;
    private static final int SECONDS_PER_DAY = 86_400;

    /** 1970-01-01 was a Thursday, the fourth day of the week in ISO 8601. */
    private static final int DAYS_FROM_MONDAY_AT_EPOCH = 3;

    @FunctionalInterface
    private interface LocalField {
        long of(long localSecond);
    }

    private TimeOperations() {}

    static Stream<Operation> all() {
        return Stream.of(
                between("seconds_between", MICROS_PER_SECOND),
                between("days_between", MICROS_PER_DAY),
                inUtc("hour_of_day", TimeOperations::hour),
                inZone("hour_of_day", TimeOperations::hour),
                inUtc("day_of_week", TimeOperations::dayOfWeek),
                inZone("day_of_week", TimeOperations::dayOfWeek),
                of("timestamp", TIMESTAMP, TimeOperations::literal, STRING));
    }

    private static Operation between(String function, double micros) {
        return of(
                function,
                DOUBLE,
                args -> doubleOf(args, (Instant a, Instant b) -> micros(a, b) / micros),
                TIMESTAMP,
                TIMESTAMP);
    }

    private static long micros(Instant from, Instant to) {
        return Timestamps.toMicros(to) - Timestamps.toMicros(from);
    }

    private static long hour(long localSecond) {
        return Math.floorMod(localSecond, SECONDS_PER_DAY) / SECONDS_PER_HOUR;
    }

    private static long dayOfWeek(long localSecond) {
        return Math.floorMod(Math.floorDiv(localSecond, SECONDS_PER_DAY) + DAYS_FROM_MONDAY_AT_EPOCH, 7) + 1;
    }

    private static Operation inUtc(String function, LocalField field) {
        return of(
                function,
                INT,
                args -> longOf(args, (Instant instant) -> field.of(instant.getEpochSecond())),
                TIMESTAMP);
    }

    private static Operation inZone(String function, LocalField field) {
        return of(
                function,
                INT,
                args -> {
                    ZoneRules rules = zone(function, args.get(1)).getRules();
                    LongOf<Instant> local = instant -> field.of(
                            instant.getEpochSecond() + rules.getOffset(instant).getTotalSeconds());
                    return longOf(args.subList(0, 1), local);
                },
                TIMESTAMP,
                STRING);
    }

    private static ZoneId zone(String function, Node argument) throws RefusedArgumentException {
        String name = (String) argument.literal()
                .orElseThrow(() -> new RefusedArgumentException(
                        1, "the zone of %s must be written as text, such as 'Europe/Berlin'".formatted(function)));
        try {
            return name.startsWith("+") || name.startsWith("-") ? ZoneOffset.of(name) : ZoneId.of(name);
        } catch (DateTimeException e) {
            List<String> nearest = Suggestions.nearest(name, ZoneId.getAvailableZoneIds());
            throw new RefusedArgumentException(
                    1, "There is no time zone '%s'%s".formatted(name, Problems.didYouMean(nearest)), nearest);
        }
    }

    private static Node literal(List<Node> arguments) throws RefusedArgumentException {
        String text = (String) arguments
                .get(0)
                .literal()
                .orElseThrow(() -> new RefusedArgumentException(
                        0, "timestamp() takes written text only, such as '2026-01-31T00:00:00Z'"));
        Instant instant = Timestamps.parse(text)
                .filter(Timestamps::isExact)
                .orElseThrow(() -> new RefusedArgumentException(
                        0, "'%s' is not a timestamp with an offset, such as '2026-01-31T00:00:00Z'".formatted(text)));
        return Node.literal(TIMESTAMP.cel(), instant);
    }
}
