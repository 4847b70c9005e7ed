package dev.asof.shared;

import static dev.asof.shared.ScalarType.BOOLEAN;
import static dev.asof.shared.ScalarType.BYTES;
import static dev.asof.shared.ScalarType.FLOAT32;
import static dev.asof.shared.ScalarType.FLOAT64;
import static dev.asof.shared.ScalarType.INT32;
import static dev.asof.shared.ScalarType.INT64;
import static dev.asof.shared.ScalarType.STRING;
import static dev.asof.shared.ScalarType.TIMESTAMP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.asof.shared.ValueConverter.Options;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValueConverterTest {

    private static final Options NEW_YORK = new Options(Optional.of(ZoneId.of("America/New_York")), false, false);
    private static final Options NEW_YORK_END_OF_DAY =
            new Options(Optional.of(ZoneId.of("America/New_York")), true, false);
    private static final Options NON_FINITE = new Options(Optional.empty(), false, true);

    private static Object converted(Object raw, ValueType type) {
        return converted(raw, type, Options.STRICT);
    }

    private static Object converted(Object raw, ValueType type, Options options) {
        try {
            return ValueConverter.convert(raw, type, options);
        } catch (ValueConversionException e) {
            throw new AssertionError("refused: " + e.explanation(), e);
        }
    }

    private static ValueConversionException refusal(Object raw, ValueType type, Options options) {
        var refusal =
                catchThrowableOfType(ValueConversionException.class, () -> ValueConverter.convert(raw, type, options));
        assertThat(refusal).as("refusal of %s as %s", raw, type).isNotNull();
        return refusal;
    }

    private static String refused(Object raw, ValueType type) {
        return refusal(raw, type, Options.STRICT).rule();
    }

    /** As pandas, polars, Python, Postgres, DuckDB and ISO write durations and times of day into CSV and JSON. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0 days 00:01:30",
                "-1 days +23:59:59",
                "1m 30s",
                "0:01:30",
                "2 days, 3:04:05",
                "1 day",
                "1 mon 3 days",
                "PT1M30S",
                "P0DT0H1M30S",
                "01:02:03",
                "01:02:03.000004+01"
            })
    void J2_textOfDurationsAndTimesOfDayIsTextAndNothingElse(String text) {
        assertThat(converted(text, ScalarType.STRING)).isEqualTo(text);
        for (var type : List.of(
                ScalarType.INT32, ScalarType.INT64, ScalarType.FLOAT32, ScalarType.FLOAT64, ScalarType.TIMESTAMP)) {
            refusal(text, type, NEW_YORK);
        }
    }

    @Test
    void J1_int64IsExact() {
        assertThat(converted(9_007_199_254_740_993L, INT64)).isEqualTo(9_007_199_254_740_993L);
        assertThat(converted("9007199254740993", INT64)).isEqualTo(9_007_199_254_740_993L);
        assertThat(converted("-9223372036854775808", INT64)).isEqualTo(Long.MIN_VALUE);
        assertThat(converted("9223372036854775807.0", INT64)).isEqualTo(Long.MAX_VALUE);
        assertThat(converted(new BigInteger("9223372036854775807"), INT64)).isEqualTo(Long.MAX_VALUE);
        assertThat(refused("9223372036854775808", INT64)).isEqualTo("out_of_range");
        assertThat(refused(new BigInteger("9223372036854775808"), INT64)).isEqualTo("out_of_range");
        assertThat(refused(0x1p63, INT64)).isEqualTo("out_of_range");
        assertThat(converted(-0x1p63, INT64)).isEqualTo(Long.MIN_VALUE);
    }

    @Test
    void J2_integralFloatsAreIntegers() {
        assertThat(converted(3.0, INT64)).isEqualTo(3L);
        assertThat(converted("3.0", INT64)).isEqualTo(3L);
        assertThat(converted("-3.000", INT32)).isEqualTo(-3);
        assertThat(converted(new BigDecimal("1e3"), INT32)).isEqualTo(1000);
        assertThat(converted(3.0f, INT32)).isEqualTo(3);
        assertThat(converted("-0.0", INT64)).isEqualTo(0L);
        assertThat(refused(3.5, INT64)).isEqualTo("type");
        assertThat(refused("3.5", INT64)).isEqualTo("type");
        assertThat(refused("0.5", INT64)).isEqualTo("type");
        assertThat(refused(Double.NaN, INT64)).isEqualTo("type");
    }

    @Test
    void int32RefusesWhatDoesNotFit() {
        assertThat(converted(2_147_483_647L, INT32)).isEqualTo(Integer.MAX_VALUE);
        assertThat(refused(2_147_483_648L, INT32)).isEqualTo("out_of_range");
        assertThat(refused("-2147483649", INT32)).isEqualTo("out_of_range");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e999999999", "1e99999999999999", "123456789012345678901"})
    void hugeExponentsAreRefusedWithoutWork(String text) {
        assertThat(refused(text, INT64)).isEqualTo("out_of_range");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " 1", "1 ", "1d", "1f", "0x10", "1_000", "1,5", "--1", "+", ".", "e5", "1e", "abc"})
    void textThatIsNoNumberIsRefused(String text) {
        assertThat(refused(text, INT64)).isEqualTo("type");
        assertThat(refused(text, FLOAT64)).isEqualTo("type");
        assertThat(refused(text, FLOAT32)).isEqualTo("type");
    }

    @Test
    void floatsAcceptIntegersAndText() {
        assertThat(converted(3L, FLOAT64)).isEqualTo(3.0);
        assertThat(converted(3, FLOAT32)).isEqualTo(3.0f);
        assertThat(converted("10.357019999999999", FLOAT64)).isEqualTo(10.357019999999999);
        assertThat(converted("1e-3", FLOAT64)).isEqualTo(0.001);
        assertThat(converted(".5", FLOAT64)).isEqualTo(0.5);
        assertThat(converted(new BigDecimal("0.1"), FLOAT64)).isEqualTo(0.1);
    }

    @Test
    void float32RoundsToNearestButRefusesOverflow() {
        assertThat(converted(0.1, FLOAT32)).isEqualTo(0.1f);
        assertThat(refused(1e39, FLOAT32)).isEqualTo("out_of_range");
        assertThat(refused("1e39", FLOAT32)).isEqualTo("out_of_range");
        assertThat(refused("1e400", FLOAT64)).isEqualTo("out_of_range");
        assertThat(refusal("1e400", FLOAT64, NON_FINITE).rule()).isEqualTo("out_of_range");
        assertThat(refusal(1e39, FLOAT32, NON_FINITE).rule()).isEqualTo("out_of_range");
    }

    @ParameterizedTest
    @CsvSource({"NaN,NaN", "nan,NaN", "Infinity,Infinity", "inf,Infinity", "-Infinity,-Infinity", "-inf,-Infinity"})
    void J1_nonFiniteFloatsNeedADeclaration(String token, double value) {
        assertThat(refused(token, FLOAT64)).isEqualTo("non_finite");
        assertThat(refused(value, FLOAT64)).isEqualTo("non_finite");
        assertThat(refused((float) value, FLOAT32)).isEqualTo("non_finite");
        assertThat(converted(token, FLOAT64, NON_FINITE)).isEqualTo(value);
        assertThat(converted(value, FLOAT32, NON_FINITE)).isEqualTo((float) value);
    }

    @Test
    void J2_booleansAsPandasWritesThem() {
        for (String text : List.of("true", "True", "TRUE", "1")) {
            assertThat(converted(text, BOOLEAN)).isEqualTo(true);
        }
        for (String text : List.of("false", "False", "FALSE", "0")) {
            assertThat(converted(text, BOOLEAN)).isEqualTo(false);
        }
        assertThat(refused("yes", BOOLEAN)).isEqualTo("type");
        assertThat(refused(2L, BOOLEAN)).isEqualTo("type");
    }

    @Test
    void J2_nulCharactersAreRefused() {
        assertThat(refused("a\0b", STRING)).isEqualTo("nul_character");
    }

    @Test
    void unpairedSurrogatesAreRefused() {
        assertThat(converted("a😀é", STRING)).isEqualTo("a😀é");
        assertThat(refused("a\uD83D", STRING)).isEqualTo("unpaired_surrogate");
        assertThat(refused("\uDE00a", STRING)).isEqualTo("unpaired_surrogate");
        assertThat(refused("\uD83Da", STRING)).isEqualTo("unpaired_surrogate");
    }

    @Test
    void stringsAreNotMadeFromOtherTypes() {
        assertThat(refused(12L, STRING)).isEqualTo("type");
        assertThat(refused(true, STRING)).isEqualTo("type");
    }

    @Test
    void bytesAreBase64InText() {
        assertThat((byte[]) converted("AAH/", BYTES)).containsExactly(0, 1, 0xff);
        assertThat(refused("not base64!", BYTES)).isEqualTo("type");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2013-01-01T06:00:00Z",
                "2013-01-01 06:00:00Z",
                "2013-01-01T06:00Z",
                "2013-01-01 06:00:00+00",
                "2013-01-01 06:00:00+0000",
                "2013-01-01 06:00:00+00:00",
                "2013-01-01 06:00:00 UTC",
                "2013-01-01T06:00:00.000000000Z",
                "2013-01-01T07:30:00.0+01:30",
                "2012-12-31T22:00:00-0800"
            })
    void T1_textWithAnOffsetIsAnInstant(String text) {
        assertThat(converted(text, TIMESTAMP)).isEqualTo(Instant.parse("2013-01-01T06:00:00Z"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "yesterday",
                "2013-1-1",
                "2013-13-01T00:00:00Z",
                "2013-02-29T00:00:00Z",
                "2013-01-01T24:00:00Z",
                "2013-01-01T00:60:00Z",
                "2013-01-01T00:00:60Z",
                "2013-01-01T",
                "2013-01-01T0",
                "2013-01-01T00",
                "2013-01-01T00:00:0",
                "2013-01-01T00:00:00.Z",
                "2013-01-01T00:00:00+",
                "2013-01-01T00:00:00+1",
                "2013-01-01T00:00:00+19",
                "2013-01-01T00:00:00X",
                "2013-01-01X00:00:00Z",
                "1357020000",
                "01/02/2013"
            })
    void textThatIsNoTimestampIsRefused(String text) {
        assertThat(refused(text, TIMESTAMP)).isEqualTo("type");
    }

    @Test
    void T1_digitsBelowAMicrosecondAreRefusedNotRounded() {
        assertThat(converted("2013-01-01T06:00:00.123456Z", TIMESTAMP))
                .isEqualTo(Instant.parse("2013-01-01T06:00:00.123456Z"));
        assertThat(refused("2013-01-01T06:00:00.1234567Z", TIMESTAMP)).isEqualTo("sub_microsecond");
        assertThat(refused(Instant.ofEpochSecond(0, 1), TIMESTAMP)).isEqualTo("sub_microsecond");
        assertThat(refusal(LocalDateTime.of(2013, 1, 1, 0, 0, 0, 1), TIMESTAMP, NEW_YORK)
                        .rule())
                .isEqualTo("sub_microsecond");
    }

    @Test
    void T1_localTimesNeedAZone() {
        assertThat(converted("2001-01-01 00:35:00", TIMESTAMP, NEW_YORK))
                .isEqualTo(Instant.parse("2001-01-01T05:35:00Z"));
        assertThat(converted(LocalDateTime.of(2001, 7, 1, 0, 35), TIMESTAMP, NEW_YORK))
                .isEqualTo(Instant.parse("2001-07-01T04:35:00Z"));
        assertThat(converted("2001-01-01T00:35:00Z", TIMESTAMP, NEW_YORK))
                .as("an offset in the text wins")
                .isEqualTo(Instant.parse("2001-01-01T00:35:00Z"));
        var refusal = refusal("2001-01-01 00:35:00", TIMESTAMP, Options.STRICT);
        assertThat(refusal.rule()).isEqualTo("no_time_zone");
        assertThat(refusal.explanation()).contains("time_zone");
    }

    @Test
    void T1_localTimesAtAClockChangeAreRefused() {
        assertThat(refusal("2019-03-10 02:30:00", TIMESTAMP, NEW_YORK).rule()).isEqualTo("nonexistent_local_time");
        assertThat(refusal("2013-11-03 01:30:00", TIMESTAMP, NEW_YORK).rule()).isEqualTo("ambiguous_local_time");
        assertThat(converted("2019-03-10 03:00:00", TIMESTAMP, NEW_YORK))
                .isEqualTo(Instant.parse("2019-03-10T07:00:00Z"));
        assertThat(converted("2013-11-03 02:00:00", TIMESTAMP, NEW_YORK))
                .isEqualTo(Instant.parse("2013-11-03T07:00:00Z"));
    }

    @Test
    void T1_aDateSaysWhichEndOfTheDayItMeans() {
        assertThat(converted("2019-03-10", TIMESTAMP, NEW_YORK)).isEqualTo(Instant.parse("2019-03-10T05:00:00Z"));
        var lastMicrosecond = Instant.parse("2019-03-11T03:59:59.999999Z");
        assertThat(converted("2019-03-10", TIMESTAMP, NEW_YORK_END_OF_DAY)).isEqualTo(lastMicrosecond);
        assertThat(converted(LocalDate.of(2019, 3, 10), TIMESTAMP, NEW_YORK_END_OF_DAY))
                .isEqualTo(lastMicrosecond);
        assertThat(converted(LocalDateTime.of(2019, 3, 10, 0, 0), TIMESTAMP, NEW_YORK_END_OF_DAY))
                .isEqualTo(lastMicrosecond);
        assertThat(refused(LocalDate.of(2019, 3, 10), TIMESTAMP)).isEqualTo("no_time_zone");
    }

    @Test
    void T1_yearsOutside1To9999AreRefused() {
        assertThat(converted("0001-01-01T00:00:00Z", TIMESTAMP)).isEqualTo(Timestamps.MIN);
        assertThat(refused("0001-01-01T00:00:00+01:00", TIMESTAMP)).isEqualTo("out_of_range");
        assertThat(refused("9999-12-31T23:59:59-01:00", TIMESTAMP)).isEqualTo("out_of_range");
        assertThat(refusal(LocalDate.of(10_000, 1, 1), TIMESTAMP, NEW_YORK).rule())
                .isEqualTo("out_of_range");
        assertThat(refusal(LocalDateTime.of(-5, 1, 1, 0, 0), TIMESTAMP, NEW_YORK)
                        .rule())
                .isEqualTo("out_of_range");
    }

    @Test
    void T1_numbersAreNoTimestamps() {
        assertThat(refused(1_357_020_000L, TIMESTAMP)).isEqualTo("type");
        assertThat(refused(1.5, TIMESTAMP)).isEqualTo("type");
    }

    @Test
    void J2_listsComeAsListsOrJsonText() {
        assertThat(converted("[1, 2.0, null]", ListType.of(INT64))).isEqualTo(Arrays.asList(1L, 2L, null));
        assertThat(converted(Arrays.asList(0.5, null), ListType.of(FLOAT32))).isEqualTo(Arrays.asList(0.5f, null));
        assertThat(converted("[\"a\"]", ListType.of(STRING))).isEqualTo(List.of("a"));
        assertThat(converted("[NaN]", ListType.of(FLOAT64), NON_FINITE)).isEqualTo(List.of(Double.NaN));
        assertThat(refused("[NaN]", ListType.of(FLOAT64))).isEqualTo("non_finite");
        for (String text : List.of("", "1", "[1", "[1] 2", "[[1]]", "[{}]", "{}", "[1,]")) {
            assertThat(refused(text, ListType.of(INT64))).isEqualTo("type");
        }
        assertThat(refusal("[1, \"x\"]", ListType.of(INT64), Options.STRICT).explanation())
                .contains("[1]");
    }

    @Test
    void fixedLengthIsChecked() {
        assertThat(converted("[1,2]", ListType.of(FLOAT32, 2))).isEqualTo(List.of(1f, 2f));
        assertThat(refused("[1]", ListType.of(FLOAT32, 2))).isEqualTo("length");
    }

    @Test
    void messagesSayWhatWasExpectedAndFoundShortened() {
        var message = refusal("x".repeat(5_000), INT64, Options.STRICT).explanation();
        assertThat(message).contains("INT64 expected").contains("found").hasSizeLessThan(200);
    }
}
