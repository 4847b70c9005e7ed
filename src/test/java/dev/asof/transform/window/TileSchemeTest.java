package dev.asof.transform.window;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.transform.window.TileScheme.Closed;
import dev.asof.transform.window.TileScheme.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TileSchemeTest {

    private static final long SECOND = 1_000_000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;

    private static final long[] HOPS = {
        SECOND,
        30 * SECOND,
        MINUTE,
        5 * MINUTE,
        15 * MINUTE,
        HOUR,
        6 * HOUR,
        DAY,
        2 * DAY,
        32 * DAY,
        128 * DAY,
        1024 * DAY
    };

    private static final List<Window> POOL = pool();

    private static final Set<Window> WITH_SECONDS = POOL.stream()
            .filter(window -> TileScheme.of(List.of(window)).allowsSeconds())
            .collect(Collectors.toSet());

    @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void W8_tilesOfAWindowLieSideBySideAndCoverItExactly(@ForAll long seed) {
        var random = new Random(seed);
        var reading = reading(random);
        for (var window : reading.windows) {
            var ranges = TileScheme.ranges(window, reading.asOf, reading.closed);
            long from = window.from(reading.asOf);
            for (var range : ranges) {
                assertThat(range.from()).isEqualTo(from);
                assertThat(range.until()).isGreaterThan(range.from());
                from = range.until();
            }
            assertThat(from).isEqualTo(window.until(reading.asOf));
        }
    }

    @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void W8_stepsOfASeriesAreItsPartsInOrder(@ForAll long seed) {
        var random = new Random(seed);
        var reading = reading(random);
        for (var window : reading.windows) {
            var steps = TileScheme.steps(window, reading.asOf, reading.closed);
            assertThat(steps).hasSize(window.steps());
            long from = window.from(reading.asOf);
            for (int i = 0; i < steps.size(); i++) {
                long until = window.steps() == 1
                        ? window.until(reading.asOf)
                        : window.from(reading.asOf) + (i + 1) * (window.length() / window.steps());
                assertThat(steps.get(i).getFirst().from()).isEqualTo(from);
                assertThat(steps.get(i).getLast().until()).isEqualTo(until);
                from = until;
            }
            assertThat(from).isEqualTo(window.until(reading.asOf));
        }
    }

    @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void W8_aWindowIsMadeOfTilesThatWereKept(@ForAll long seed) {
        var random = new Random(seed);
        var reading = reading(random);
        List<Range> kept = TileScheme.of(reading.windows).kept(reading.closed);

        for (var window : reading.windows) {
            var used = new ArrayList<>(TileScheme.ranges(window, reading.asOf, reading.closed));
            TileScheme.steps(window, reading.asOf, reading.closed).forEach(used::addAll);
            assertThat(used)
                    .allSatisfy(range -> assertThat(kept).anySatisfy(has -> {
                        assertThat(has.level()).isEqualTo(range.level());
                        assertThat(has.from()).isLessThanOrEqualTo(range.from());
                        assertThat(has.until()).isGreaterThanOrEqualTo(range.until());
                    }));
        }
    }

    @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void W8_tilesBeginAndEndAtMultiplesOfTheirLength(@ForAll long seed) {
        var random = new Random(seed);
        var reading = reading(random);
        var ranges = new ArrayList<>(TileScheme.of(reading.windows).kept(reading.closed));
        reading.windows.forEach(window -> ranges.addAll(TileScheme.ranges(window, reading.asOf, reading.closed)));

        assertThat(ranges).allSatisfy(range -> {
            assertThat(range.from() == Window.ALWAYS
                            || range.from() % range.level().micros() == 0)
                    .isTrue();
            assertThat(range.until() == Window.HEAD
                            || range.until() % range.level().micros() == 0)
                    .isTrue();
        });
    }

    @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void W8_aWindowIsMadeOfAtMost200Tiles(@ForAll long seed) {
        var random = new Random(seed);
        var reading = reading(random);
        int minutes = random.nextInt(60);
        // a lifetime's rows are of the eighty years since 1970
        long asOf = Math.floorMod(reading.asOf, 30 * 1024 * DAY);
        // the value was published as a whole within this hour, or within this minute for a key with seconds
        var whole = reading.closed.finest() == TileLevel.SECOND ? TileLevel.MINUTE : TileLevel.HOUR;
        long now = whole.floor(asOf) + (asOf - whole.floor(asOf)) * minutes / 60;
        for (var window : reading.windows) {
            if (reading.closed.finest() == TileLevel.SECOND
                    && !TileScheme.of(List.of(window)).allowsSeconds()) {
                continue;
            }
            int tiles = TileScheme.steps(window, asOf, new Closed(now, reading.closed.finest())).stream()
                    .flatMap(List::stream)
                    .mapToInt(range -> range.tiles(asOf))
                    .sum();
            assertThat(tiles).isLessThanOrEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({
        // hours: hop minutes: tiles as the design says them
        "720, 1440, 113",
        "8760, 1440, 157",
        "1, 1, 70",
        "24, 60, 84"
    })
    void W8_theMostTilesOfUsualWindows(int hours, int hopMinutes, int most) {
        assertThat(TileLadder.of(Window.of(hours * HOUR, hopMinutes * MINUTE)).mostTiles(TileLevel.MINUTE))
                .isLessThanOrEqualTo(most);
    }

    @Test
    void W8_aLifetimeHasAtMost200Tiles() {
        var ladder = TileLadder.of(Window.of(Window.UNBOUNDED, DAY));

        assertThat(ladder.mostTiles(TileLevel.MINUTE)).isBetween(150, 200);
        assertThat(TileScheme.of(List.of(Window.of(Window.UNBOUNDED, DAY))).allowsSeconds())
                .isTrue();
    }

    record Reading(List<Window> windows, Closed closed, long asOf) {}

    private static Reading reading(Random random) {
        var windows = Stream.generate(() -> POOL.get(random.nextInt(POOL.size())))
                .limit(1 + random.nextInt(4))
                .toList();
        long now = instant(random);
        long later = switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> -random.nextLong(MINUTE);
            case 2 -> random.nextLong(2 * HOUR);
            default -> random.nextLong(4000 * DAY);
        };
        var finest =
                random.nextBoolean() ? TileLevel.SECOND : TileScheme.of(windows).finest();
        return new Reading(windows, new Closed(now, finest), now + later);
    }

    /** Anywhere, or at the edge of a hop. */
    private static long instant(Random random) {
        long any = random.nextLong(-80_000 * DAY, 80_000 * DAY);
        if (random.nextBoolean()) {
            return any;
        }
        long hop = HOPS[random.nextInt(HOPS.length)];
        return Math.floorDiv(any, hop) * hop + random.nextInt(3) - 1;
    }

    private static List<Window> pool() {
        var random = new Random(7);
        return Stream.generate(() -> window(random))
                .filter(window -> Hops.problems(window).isEmpty())
                .limit(80)
                .toList();
    }

    private static Window window(Random random) {
        long hop = HOPS[random.nextInt(HOPS.length)];
        return switch (random.nextInt(6)) {
            case 0 -> new Window(Window.UNBOUNDED, hop, 0, 1);
            case 1 -> {
                int steps = 2 + random.nextInt(30);
                yield new Window(hop * (1 + random.nextInt(3)) * steps, hop, hop * random.nextInt(8), steps);
            }
            default -> {
                long most = new long[] {3 * HOUR, 40 * DAY, 5000 * DAY}[random.nextInt(3)];
                long length = random.nextBoolean()
                        ? random.nextLong(1, Math.min(most, 500 * hop))
                        : hop * random.nextInt(1, 500);
                yield new Window(Math.max(length, hop), hop, random.nextBoolean() ? 0 : hop * random.nextInt(600), 1);
            }
        };
    }
}
