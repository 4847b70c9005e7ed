package dev.asof.shared;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.regex.Pattern;

/**
 * Parses timestamps by hand, because this runs for every row: ISO-8601 with {@code T} or a space, seconds and their
 * fraction optional, and {@code Z}, {@code UTC}, {@code +hh}, {@code +hhmm}, {@code +hh:mm} or nothing at its end.
 */
final class TimestampText {

    static final String FORM = "such as 2026-11-21T07:48:00Z or 2026-11-21 07:48:00.123456+01:00";

    /** A date of more than four digits of year, or with a sign, and Postgres's times without end. */
    private static final Pattern OUT_OF_RANGE = Pattern.compile("([+-]\\d{4,}|\\d{5,})-\\d\\d-\\d\\d|-?infinity$");

    private static final int DATE_LENGTH = 10;
    private static final int NO_OFFSET = Integer.MIN_VALUE;
    private static final int MALFORMED = Integer.MIN_VALUE + 1;
    private static final int MAX_OFFSET_SECONDS = 18 * 3_600;
    private static final int MICRO_DIGITS = 6;

    private final String text;
    private int position;

    private TimestampText(String text) {
        this.text = text;
    }

    static Instant parse(String text, ValueConverter.Options options) throws ValueConversionException {
        return new TimestampText(text).parse(options);
    }

    private Instant parse(ValueConverter.Options options) throws ValueConversionException {
        long epochDay = epochDay();
        if (text.length() == DATE_LENGTH) {
            return LocalTimes.instantOf(LocalDate.ofEpochDay(epochDay), options, text);
        }
        char separator = text.charAt(DATE_LENGTH);
        if (separator != 'T' && separator != ' ' && separator != 't') {
            throw malformed();
        }
        long second = epochDay * 86_400 + secondOfDay();
        int nanos = fraction();
        int offset = offset();
        if (offset == MALFORMED) {
            throw malformed();
        }
        if (offset == NO_OFFSET) {
            return LocalTimes.instantOf(LocalDateTime.ofEpochSecond(second, nanos, ZoneOffset.UTC), options, text);
        }
        return LocalTimes.checked(Instant.ofEpochSecond(second - offset, nanos), text);
    }

    private long epochDay() throws ValueConversionException {
        if (text.length() < DATE_LENGTH || text.charAt(4) != '-' || text.charAt(7) != '-') {
            throw malformed();
        }
        int year = twoDigits(0) * 100 + twoDigits(2);
        int month = twoDigits(5);
        int day = twoDigits(8);
        if (twoDigits(0) < 0 || twoDigits(2) < 0 || month < 1 || month > 12 || day < 1) {
            throw malformed();
        }
        if (day > 28 && day > YearMonth.of(year, month).lengthOfMonth()) {
            throw malformed();
        }
        return LocalDate.of(year, month, day).toEpochDay();
    }

    private int secondOfDay() throws ValueConversionException {
        int hour = twoDigits(11);
        int minute = twoDigits(14);
        if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || text.charAt(13) != ':') {
            throw malformed();
        }
        position = 16;
        int second = 0;
        if (position < text.length() && text.charAt(position) == ':') {
            second = twoDigits(position + 1);
            if (second < 0 || second > 59) {
                throw malformed();
            }
            position += 3;
        }
        return hour * 3_600 + minute * 60 + second;
    }

    private int fraction() throws ValueConversionException {
        if (position >= text.length() || text.charAt(position) != '.') {
            return 0;
        }
        int start = ++position;
        int micros = 0;
        while (position < text.length() && isDigit(text.charAt(position))) {
            int digit = text.charAt(position) - '0';
            if (position - start < MICRO_DIGITS) {
                micros = micros * 10 + digit;
            } else if (digit != 0) {
                throw LocalTimes.subMicrosecond(text);
            }
            position++;
        }
        int digits = position - start;
        if (digits == 0) {
            throw malformed();
        }
        for (int i = digits; i < MICRO_DIGITS; i++) {
            micros *= 10;
        }
        return micros * 1_000;
    }

    private int offset() {
        int length = text.length();
        if (position == length) {
            return NO_OFFSET;
        }
        if (text.charAt(position) == ' ') {
            position++;
        }
        int left = length - position;
        if (left == 1 && (text.charAt(position) == 'Z' || text.charAt(position) == 'z')) {
            return 0;
        }
        if (left == 3 && text.startsWith("UTC", position)) {
            return 0;
        }
        return left < 3 ? MALFORMED : signedOffset(left);
    }

    private int signedOffset(int left) {
        char sign = text.charAt(position);
        int hours = twoDigits(position + 1);
        int minutes = switch (left) {
            case 3 -> 0;
            case 5 -> twoDigits(position + 3);
            case 6 -> text.charAt(position + 3) == ':' ? twoDigits(position + 4) : -1;
            default -> -1;
        };
        int seconds = hours * 3_600 + minutes * 60;
        if ((sign != '+' && sign != '-') || hours < 0 || minutes < 0 || minutes > 59 || seconds > MAX_OFFSET_SECONDS) {
            return MALFORMED;
        }
        return sign == '-' ? -seconds : seconds;
    }

    /** The number at a position, -1 when there are no two digits. */
    private int twoDigits(int at) {
        if (at + 1 >= text.length() || !isDigit(text.charAt(at)) || !isDigit(text.charAt(at + 1))) {
            return -1;
        }
        return (text.charAt(at) - '0') * 10 + text.charAt(at + 1) - '0';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private ValueConversionException malformed() {
        if (OUT_OF_RANGE.matcher(text).lookingAt()) {
            return LocalTimes.outOfRange(text);
        }
        return ValueConverter.unexpected(ScalarType.TIMESTAMP, FORM, text);
    }
}
