package dev.asof.windows;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.windows.OracleAnswer.Buckets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The oracle itself, by numbers that were worked out by hand. */
class WindowOracleTest {

    private static final long MINUTE = 60_000_000;
    private static final long HOUR = 60 * MINUTE;
    private static final List<Object> KEY = List.of("k");

    private final List<RawEvent> events = new ArrayList<>();

    @Test
    void W1_theHeadIsExactAndTheTailIsAligned() {
        var hour = OracleWindow.of(HOUR, 5 * MINUTE);
        long asOf = micros("2026-03-08T07:33:20.000001Z");
        assertThat(hour.has(micros("2026-03-08T06:30:00Z"), asOf, false)).isTrue();
        assertThat(hour.has(micros("2026-03-08T06:29:59.999999Z"), asOf, false)).isFalse();
        assertThat(hour.has(asOf, asOf, false)).isTrue();
        assertThat(hour.has(asOf, asOf, true)).isFalse();
        assertThat(hour.has(asOf - 1, asOf, true)).isTrue();
        assertThat(hour.has(asOf + 1, asOf, false)).isFalse();
    }

    @Test
    void W1_hopsAreFlooredTowardsThePast() {
        var hop = OracleWindow.of(HOUR, 5 * MINUTE);
        assertThat(hop.floor(-1)).isEqualTo(-5 * MINUTE);
        assertThat(hop.floor(-5 * MINUTE)).isEqualTo(-5 * MINUTE);
        assertThat(hop.floor(0)).isEqualTo(0);
        assertThat(hop.floor(5 * MINUTE - 1)).isEqualTo(0);
    }

    @Test
    void W5_anOffsetEndsOnAHop() {
        var before = new OracleWindow(HOUR, 10 * MINUTE, HOUR, 0);
        long asOf = micros("2026-03-08T12:34:56Z");
        assertThat(before.has(micros("2026-03-08T10:30:00Z"), asOf, false)).isTrue();
        assertThat(before.has(micros("2026-03-08T10:29:59.999999Z"), asOf, false))
                .isFalse();
        assertThat(before.has(micros("2026-03-08T11:29:59.999999Z"), asOf, false))
                .isTrue();
        assertThat(before.has(micros("2026-03-08T11:30:00Z"), asOf, false)).isFalse();
    }

    @Test
    void W5_aSeriesGivesTheLastCompleteSteps() {
        var series = new OracleWindow(HOUR, HOUR, 0, 3);
        long asOf = micros("2026-03-08T12:00:00Z");
        assertThat(series.stepOf(micros("2026-03-08T09:00:00Z"), asOf)).isEqualTo(0);
        assertThat(series.stepOf(micros("2026-03-08T08:59:59.999999Z"), asOf)).isEqualTo(-1);
        assertThat(series.stepOf(micros("2026-03-08T10:00:00Z"), asOf)).isEqualTo(1);
        assertThat(series.stepOf(micros("2026-03-08T11:59:59.999999Z"), asOf)).isEqualTo(2);
        assertThat(series.stepOf(micros("2026-03-08T12:00:00Z"), asOf)).isEqualTo(-1);
        event(micros("2026-03-08T09:10:00Z"), "v", 1.0);
        event(micros("2026-03-08T11:10:00Z"), "v", 2.0);
        event(micros("2026-03-08T11:20:00Z"), "v", 4.0);
        assertThat(value("sum", "v", "FLOAT64", series, asOf)).isEqualTo(List.of(1.0, 0.0, 6.0));
        assertThat(value("avg", "v", "FLOAT64", series, asOf)).isEqualTo(Arrays.asList(1.0, null, 3.0));
    }

    /** Feast's tiled min and max answer 5, 8, 108 and 110 here. */
    @Test
    void W2_minAndMaxAreOfTheValues() {
        var day = OracleWindow.of(24 * HOUR, HOUR);
        double[] sent = {5, 3, 100, 2};
        double[] least = {5, 3, 3, 2};
        double[] greatest = {5, 5, 100, 100};
        for (int i = 0; i < sent.length; i++) {
            long at = micros("2026-03-08T06:00:00Z") + i * HOUR;
            event(at, "v", sent[i]);
            assertThat(value("min", "v", "FLOAT64", day, at)).isEqualTo(least[i]);
            assertThat(value("max", "v", "FLOAT64", day, at)).isEqualTo(greatest[i]);
        }
    }

    @Test
    void W2_withoutEventsCountsAndSumsAreZeroAndListsEmpty() {
        var day = OracleWindow.of(24 * HOUR, HOUR);
        assertThat(answer(of("count", null, "", day), 0)).isEqualTo(OracleAnswer.present(0L));
        assertThat(answer(of("sum", "v", "INT64", day), 0).value()).isEqualTo(0L);
        assertThat(answer(of("sum", "v", "FLOAT64", day), 0).value()).isEqualTo(0.0);
        assertThat(answer(of("count_distinct", "v", "INT64", day), 0)).isEqualTo(OracleAnswer.present(0L));
        assertThat(answer(of("last_n", "v", "INT64", day).withN(3), 0)).isEqualTo(OracleAnswer.present(List.of()));
        assertThat(answer(of("count", null, "", day).by("c", 3), 0).value())
                .isEqualTo(new Buckets(List.of(), List.of()));
        for (String function : List.of("avg", "min", "max", "first", "last", "stddev", "variance", "approx_quantile")) {
            assertThat(answer(of(function, "v", "FLOAT64", day), 0)).isEqualTo(OracleAnswer.orNull(null));
        }
    }

    @Test
    void W2_nullsAndFailuresAreSkippedAndLastNKeepsNulls() {
        var day = OracleWindow.of(24 * HOUR, HOUR);
        for (Object value : Arrays.asList(7L, null, 3L, -1L)) {
            event(events.size() * MINUTE, "v", value);
        }
        var positive = of("last_n", "v", "INT64", day)
                .withN(3)
                .where(row -> row.get("v") == null ? null : (Object) ((Long) row.get("v") > 0));
        assertThat(value("count", null, "", day, HOUR)).isEqualTo(4L);
        assertThat(value("count", "v", "INT64", day, HOUR)).isEqualTo(3L);
        assertThat(value("sum", "v", "INT64", day, HOUR)).isEqualTo(9L);
        assertThat(answer(of("last_n", "v", "INT64", day).withN(3), HOUR).value())
                .isEqualTo(Arrays.asList(null, 3L, -1L));
        assertThat(answer(positive, HOUR).value()).isEqualTo(List.of(7L, 3L));
        assertThat(value("first", "v", "INT64", day, HOUR)).isEqualTo(7L);
        assertThat(value("last", "v", "INT64", day, HOUR)).isEqualTo(-1L);
    }

    @Test
    void W3_totalsOutsideInt64AreErrorsAndAveragesAreExact() {
        var day = OracleWindow.of(24 * HOUR, HOUR);
        event(0, "v", Long.MAX_VALUE);
        event(1, "v", 1L);
        assertThat(answer(of("sum", "v", "INT64", day), HOUR)).isEqualTo(new OracleAnswer(null, "ERROR", 0));
        assertThat(value("avg", "v", "INT64", day, HOUR)).isEqualTo(0x1p62);
        event(2, "v", -1L);
        assertThat(value("sum", "v", "INT64", day, HOUR)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void W3_theOrderOfNumbers() {
        var day = OracleWindow.of(24 * HOUR, HOUR);
        for (double value : new double[] {0.0, Double.NaN, -0.0}) {
            event(events.size(), "v", value);
        }
        assertThat(value("min", "v", "FLOAT64", day, HOUR)).isEqualTo(-0.0);
        assertThat(value("max", "v", "FLOAT64", day, HOUR)).isEqualTo(0.0);
        assertThat(value("sum", "v", "FLOAT64", day, HOUR)).isEqualTo(Double.NaN);
        assertThat(value("count_distinct", "v", "FLOAT64", day, HOUR)).isEqualTo(3L);
        assertThat(answer(of("approx_quantile", "v", "FLOAT64", day).withQuantile(1), HOUR)
                        .value())
                .isEqualTo(0.0);
    }

    @Test
    void W3_spreadIsTheSamples() {
        var day = OracleWindow.of(24 * HOUR, HOUR);
        event(0, "v", 2L);
        assertThat(value("variance", "v", "INT64", day, HOUR)).isNull();
        assertThat(value("variance_pop", "v", "INT64", day, HOUR)).isEqualTo(0.0);
        for (long value : new long[] {4, 4, 4, 5, 5, 7, 9}) {
            event(events.size(), "v", value);
        }
        assertThat(value("stddev_pop", "v", "INT64", day, HOUR)).isEqualTo(2.0);
        assertThat(value("variance", "v", "INT64", day, HOUR)).isEqualTo(32.0 / 7);
    }

    @Test
    void W3_quantilesAreNearestRanks() {
        var day = OracleWindow.of(24 * HOUR, HOUR);
        for (double value : new double[] {-1, 0, 511, 1025, -0.3}) {
            event(events.size(), "v", value);
        }
        double[] ranked = {-1, -(0.25 + 51.0 / 1024), 0, 511, 1024};
        for (int rank = 1; rank <= ranked.length; rank++) {
            var aggregate = of("approx_quantile", "v", "FLOAT64", day).withQuantile(rank / 5.0);
            assertThat(answer(aggregate, HOUR).value()).isEqualTo(ranked[rank - 1]);
        }
        assertThat(answer(of("approx_quantile", "v", "FLOAT64", day).withQuantile(0), HOUR)
                        .value())
                .isEqualTo(-1.0);
    }

    @Test
    void W4_theLastAcceptedOfAnIdCountsWhereverItStands() {
        var hour = OracleWindow.of(HOUR, MINUTE);
        event(MINUTE, KEY, 1, Map.of("v", 5L), List.of("id1"));
        event(3 * HOUR, KEY, 2, Map.of("v", 6L), List.of("id1"));
        event(MINUTE, KEY, 1, Map.of("v", 7L), Arrays.asList((Object) null));
        event(MINUTE, KEY, 1, Map.of("v", 8L), Arrays.asList((Object) null));
        event(MINUTE, KEY, 1, Map.of("v", 9L), List.of("id2"));
        event(MINUTE, List.of("other"), 3, Map.of("v", 9L), List.of("id2"));
        var oracle = new WindowOracle(events, true);
        var sum = of("sum", "v", "INT64", hour);
        assertThat(oracle.answer(sum, KEY, HOUR, OracleReading.LATEST).value()).isEqualTo(15L);
        assertThat(oracle.answer(sum, KEY, HOUR, OracleReading.at(false, 1)).value())
                .isEqualTo(29L);
        assertThat(oracle.answer(sum, KEY, HOUR, OracleReading.at(false, 2)).value())
                .isEqualTo(24L);
        assertThat(oracle.answer(sum, List.of("other"), HOUR, OracleReading.LATEST)
                        .value())
                .isEqualTo(9L);
        assertThat(oracle.answer(sum, KEY, HOUR, new OracleReading(false, Long.MAX_VALUE, false, Set.of(1L)))
                        .value())
                .isEqualTo(20L);
    }

    @Test
    void W4_aTombstoneCutsWhereverItStandsUpToTheAsOfTime() {
        var before = new OracleWindow(HOUR, HOUR, HOUR, 0);
        event(10 * HOUR, "v", 1L);
        events.add(new RawEvent(KEY, Map.of(), 11 * HOUR + 5, events.size(), 0, true, List.of()));
        event(10 * HOUR + 1, "v", 2L);
        var oracle = new WindowOracle(events, false);
        var count = of("count", null, "", before);
        assertThat(oracle.answer(count, KEY, 12 * HOUR, OracleReading.LATEST).value())
                .isEqualTo(0L);
        assertThat(oracle.answer(count, KEY, 11 * HOUR + 4, OracleReading.LATEST)
                        .value())
                .isEqualTo(0L);
        var whole = of("count", null, "", OracleWindow.of(24 * HOUR, HOUR));
        assertThat(oracle.answer(whole, KEY, 11 * HOUR + 4, OracleReading.LATEST)
                        .value())
                .isEqualTo(2L);
        assertThat(oracle.answer(whole, KEY, 11 * HOUR + 5, OracleReading.LATEST)
                        .value())
                .isEqualTo(0L);
        assertThat(oracle.answer(whole, KEY, 11 * HOUR + 5, OracleReading.STRICT)
                        .value())
                .isEqualTo(2L);
    }

    @Test
    void W4_rowsAtATombstonesTimeCountIfTheyWereAcceptedAfterIt() {
        event(HOUR, "v", 1L);
        events.add(new RawEvent(KEY, Map.of(), HOUR, events.size(), 0, true, List.of()));
        event(HOUR, "v", 2L);
        var sum = of("sum", "v", "INT64", OracleWindow.of(HOUR, HOUR));
        assertThat(new WindowOracle(events, false)
                        .answer(sum, KEY, HOUR, OracleReading.LATEST)
                        .value())
                .isEqualTo(2L);
    }

    @Test
    void W6_bucketsAndFrequencies() {
        var day = OracleWindow.of(24 * HOUR, HOUR);
        Object[][] rows = {{"b", 1L}, {"a", 5L}, {null, 9L}, {"b", 1L}, {"c", null}, {"d", 3L}, {"a", 1L}};
        for (Object[] row : rows) {
            var values = new HashMap<String, Object>();
            values.put("c", row[0]);
            values.put("v", row[1]);
            event(events.size(), KEY, 0, values, List.of());
        }
        assertThat(answer(of("sum", "v", "INT64", day).by("c", 2), HOUR).value())
                .isEqualTo(new Buckets(List.of("a", "d"), List.of(6L, 3L)));
        assertThat(answer(of("count", null, "", day).by("c", 4), HOUR).value())
                .isEqualTo(new Buckets(List.of("a", "b", "c", "d"), List.of(2L, 2L, 1L, 1L)));
        assertThat(answer(of("top_k", "c", "STRING", day).withN(3), HOUR).value())
                .isEqualTo(List.of("a", "b", "c"));
        assertThat(answer(of("distinct_n", "c", "STRING", day).withN(2), HOUR).value())
                .isEqualTo(List.of("d", "a"));
    }

    @Test
    void W2_unknownAndNullKeysHaveNoRows() {
        events.add(new RawEvent(Collections.singletonList(null), Map.of("v", 1L), 0, 0, 0, false, List.of()));
        var oracle = new WindowOracle(events, true);
        var count = of("count", null, "", OracleWindow.of(HOUR, HOUR));
        assertThat(oracle.answer(count, Collections.singletonList(null), 0, OracleReading.LATEST)
                        .value())
                .isEqualTo(0L);
        assertThat(oracle.answer(count, KEY, 0, OracleReading.LATEST).value()).isEqualTo(0L);
    }

    @Test
    void W2_timestampsAreTheGreatestOfTheRowsInTheWindow() {
        var hour = OracleWindow.of(HOUR, HOUR);
        event(2 * HOUR, KEY, 9, Map.of(), List.of());
        event(2 * HOUR + 5, KEY, 7, Map.of(), List.of());
        event(0, KEY, 11, Map.of(), List.of());
        var oracle = new WindowOracle(events, false);
        assertThat(oracle.eventTimestamp(hour, KEY, 2 * HOUR + 9, OracleReading.LATEST))
                .hasValue(2 * HOUR + 5);
        assertThat(oracle.knownTimestamp(hour, KEY, 2 * HOUR + 9, OracleReading.LATEST))
                .hasValue(9);
        assertThat(oracle.eventTimestamp(hour, KEY, 9 * HOUR, OracleReading.LATEST))
                .isEmpty();
        assertThat(oracle.knownTimestamp(hour, KEY, 2 * HOUR + 9, OracleReading.asRecorded(false)))
                .hasValue(9);
    }

    @Test
    void W3_beyondAThousandValuesTheLeastHashesCount() {
        // What Murmur3's reference gives for these.
        assertThat(OracleHash.murmur("hello".getBytes(UTF_8))).isEqualTo(0xcbd8a7b341bd9b02L);
        assertThat(OracleHash.murmur("The quick brown fox jumps over the lazy dog".getBytes(UTF_8)))
                .isEqualTo(0xe34bbc7bbc071b6cL);
        var day = OracleWindow.of(24 * HOUR, HOUR);
        for (long i = 0; i < 1023; i++) {
            event(i, "v", i);
        }
        assertThat(value("count_distinct", "v", "INT64", day, HOUR)).isEqualTo(1023L);
        for (long i = 1023; i < 20_000; i++) {
            event(i, "v", i);
        }
        assertThat((Long) value("count_distinct", "v", "INT64", day, HOUR)).isBetween(18_800L, 21_200L);
    }

    private static OracleAggregate of(String function, String column, String type, OracleWindow window) {
        return OracleAggregate.of(function, column, type, window);
    }

    private OracleAnswer answer(OracleAggregate aggregate, long asOf) {
        return new WindowOracle(events, false).answer(aggregate, KEY, asOf, OracleReading.LATEST);
    }

    private Object value(String function, String column, String type, OracleWindow window, long asOf) {
        return answer(of(function, column, type, window), asOf).value();
    }

    private void event(long time, String column, Object value) {
        event(time, KEY, 0, Collections.singletonMap(column, value), List.of());
    }

    private void event(long time, List<Object> key, long known, Map<String, Object> values, List<Object> id) {
        events.add(new RawEvent(key, values, time, events.size(), known, false, id));
    }

    private static long micros(String instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(instant));
    }
}
