package dev.asof.windows;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.transform.window.Window;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** With strict as-of times, and hops as Chronon has them, windows are its sawtooth windows: the table is worked out by hand. */
class SawtoothWindowsTest {

    private static final List<Object> KEY = List.of("k");

    @Test
    void W1_theOracleGivesChrononsSums() {
        var events = new ArrayList<RawEvent>();
        for (Instant event : SawtoothTable.EVENTS) {
            events.add(new RawEvent(
                    KEY, Map.of("v", 1L << events.size()), micros(event), events.size(), 0, false, List.of()));
        }
        var oracle = new WindowOracle(events, false);
        SawtoothTable.SUMS.forEach((asOf, sums) -> assertThat(SawtoothTable.WINDOWS.stream()
                        .map(window -> OracleAggregate.of(
                                "sum", "v", "INT64", OracleWindow.of(micros(window.length()), micros(window.hop()))))
                        .map(sum -> (Long) oracle.answer(sum, KEY, micros(asOf), OracleReading.STRICT)
                                .value()))
                .as("at %s", asOf)
                .containsExactlyElementsOf(sums));
    }

    @Test
    void W1_windowsReachBackAsFarAsChronons() {
        SawtoothTable.SUMS.forEach((asOf, sums) -> assertThat(SawtoothTable.WINDOWS.stream()
                        .map(window -> Window.of(micros(window.length()), micros(window.hop())))
                        .map(window -> sum(window.from(micros(asOf)), asOf)))
                .as("at %s", asOf)
                .containsExactlyElementsOf(sums));
    }

    private static long sum(long from, Instant asOf) {
        long sum = 0;
        for (int i = 0; i < SawtoothTable.EVENTS.size(); i++) {
            Instant event = SawtoothTable.EVENTS.get(i);
            sum += micros(event) >= from && event.isBefore(asOf) ? 1L << i : 0;
        }
        return sum;
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    private static long micros(Duration duration) {
        return duration.toNanos() / 1_000;
    }
}
