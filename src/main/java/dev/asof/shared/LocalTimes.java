package dev.asof.shared;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;

/** Local times and dates made instants by rule T1: exact, or refused. */
final class LocalTimes {

    private static final int NANOS_PER_MICRO = 1_000;

    private LocalTimes() {}

    /** The instant itself, if it is one that a TIMESTAMP can hold. */
    static Instant checked(Instant instant, Object raw) throws ValueConversionException {
        if (instant.isBefore(Timestamps.MIN) || instant.isAfter(Timestamps.MAX)) {
            throw outOfRange(raw);
        }
        checkMicroseconds(instant.getNano(), raw);
        return instant;
    }

    static Instant instantOf(LocalDateTime local, ValueConverter.Options options, Object raw)
            throws ValueConversionException {
        var zone = zone(options, raw);
        if (local.getYear() < 1 || local.getYear() > 9999) {
            throw outOfRange(raw);
        }
        checkMicroseconds(local.getNano(), raw);
        if (options.endOfDay() && local.toLocalTime().equals(LocalTime.MIDNIGHT)) {
            return instantOf(local.toLocalDate(), options, raw);
        }
        var offsets = zone.getRules().getValidOffsets(local);
        if (offsets.size() == 1) {
            return checked(local.toInstant(offsets.getFirst()), raw);
        }
        if (offsets.isEmpty()) {
            throw new ValueConversionException(
                    "nonexistent_local_time",
                    "%s does not exist in %s: clocks were set forward over it; send the time with its offset"
                            .formatted(local, zone));
        }
        throw new ValueConversionException(
                "ambiguous_local_time",
                "%s happened twice in %s (%s and %s), as clocks were set back; send the time with its offset"
                        .formatted(local, zone, offsets.getFirst(), offsets.getLast()));
    }

    static Instant instantOf(LocalDate date, ValueConverter.Options options, Object raw)
            throws ValueConversionException {
        var zone = zone(options, raw);
        if (date.getYear() < 1 || date.getYear() > 9999) {
            throw outOfRange(raw);
        }
        var instant = options.endOfDay()
                ? date.plusDays(1).atStartOfDay(zone).toInstant().minus(1, ChronoUnit.MICROS)
                : date.atStartOfDay(zone).toInstant();
        return checked(instant, raw);
    }

    private static ZoneId zone(ValueConverter.Options options, Object raw) throws ValueConversionException {
        var zone = options.zone().orElse(null);
        if (zone == null) {
            throw new ValueConversionException(
                    "no_time_zone",
                    "TIMESTAMP expected with an offset, found %s: send an offset, or give the time_zone of local times"
                            .formatted(ValueConverter.described(raw)));
        }
        return zone;
    }

    static void checkMicroseconds(int nanos, Object raw) throws ValueConversionException {
        if (nanos % NANOS_PER_MICRO != 0) {
            throw subMicrosecond(raw);
        }
    }

    static ValueConversionException subMicrosecond(Object raw) {
        return new ValueConversionException(
                "sub_microsecond",
                "TIMESTAMP expected with at most microseconds, found %s: it is not rounded, because that could leak"
                        .formatted(ValueConverter.described(raw)));
    }

    static ValueConversionException outOfRange(Object raw) {
        return new ValueConversionException(
                "out_of_range",
                "TIMESTAMP expected between the years 1 and 9999, found " + ValueConverter.described(raw));
    }
}
