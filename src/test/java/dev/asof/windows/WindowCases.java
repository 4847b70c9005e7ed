package dev.asof.windows;

import dev.asof.windows.WindowFaces.Question;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A random view, what comes to it, and what is asked: the same for the same seed. */
record WindowCases(RandomView view, RandomHistory history) {

    /** How many seeds are tried whenever tests run. */
    static final int SEEDS = 6;

    static final int BATCHES = 6;

    private static final int FEATURES = 16;
    private static final int INSTANTS = 12;

    /** The clocks of the zone change half an hour later, or did so half an hour ago; or it is long ago. */
    private static final List<Instant> BEGINNINGS = List.of(
            Instant.parse("2026-03-08T06:30:00Z"),
            Instant.parse("2026-11-01T06:30:00Z"),
            Instant.parse("1970-01-01T00:30:00Z"));

    static WindowCases of(long seed) {
        var random = new Random(seed);
        var view = RandomView.of("w" + seed, random, FEATURES);
        var begin = BEGINNINGS.get(random.nextInt(BEGINNINGS.size()));
        return new WindowCases(view, RandomHistory.of(view, random, begin, BATCHES));
    }

    /** The same with a view that is answered from tiles. */
    WindowCases ofTiles() {
        return new WindowCases(view.ofTiles(), history);
    }

    WindowOracle oracle() {
        return new WindowOracle(history.events(), view.hasRowId());
    }

    /** Every key at some times. */
    List<Question> questions() {
        var questions = new ArrayList<Question>();
        for (int i = 0; i < INSTANTS; i++) {
            long asOf = history.asOf();
            keys().forEach(key -> questions.add(new Question(key, asOf)));
        }
        return questions;
    }

    List<OracleReading> readings() {
        var readings = new ArrayList<OracleReading>();
        for (boolean strict : new boolean[] {false, true}) {
            readings.add(OracleReading.at(strict, Long.MAX_VALUE));
            readings.add(OracleReading.asRecorded(strict));
            readings.add(OracleReading.at(strict, history.batches().get(2).at()));
        }
        return readings;
    }

    /** Two that have rows, one that has few or none, and one that isn't any. */
    List<List<Object>> keys() {
        return switch (view.keys().size()) {
            case 0 -> List.of(List.of());
            case 1 -> List.of(List.of("k0"), List.of("k1"), List.of("nobody"), Arrays.asList((Object) null));
            default -> List.of(List.of("k0", 0L), List.of("k1", -1L), List.of("k0", 1L), Arrays.asList("k0", null));
        };
    }
}
