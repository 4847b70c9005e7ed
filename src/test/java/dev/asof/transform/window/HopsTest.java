package dev.asof.transform.window;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.transform.window.Hops.Problem;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HopsTest {

    private static final long SECOND = 1_000_000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;

    @ParameterizedTest
    @CsvSource({
        "1, 60",
        "7200, 60",
        "7201, 300",
        "43199, 300",
        "43200, 3600",
        "1036799, 3600",
        "1036800, 86400",
        "31536000, 86400"
    })
    void W1_aHopComesByTheLengthOfItsWindow(long seconds, long hop) {
        assertThat(Hops.defaultFor(seconds * SECOND)).isEqualTo(hop * SECOND);
    }

    @ParameterizedTest
    @CsvSource({
        "1",
        "10",
        "30",
        "60",
        "300",
        "900",
        "3600",
        "21600",
        "43200",
        "86400",
        "172800",
        "691200",
        "2764800",
        "88473600"
    })
    void W1_hopsThatDivideEachLevelOrAreDividedByIt(long hop) {
        assertThat(Hops.problems(Window.of(hop * SECOND, hop * SECOND))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"7", "45", "90", "420", "5400", "604800", "259200"})
    void W1_hopsBetweenLevelsAreRefused(long hop) {
        assertThat(Hops.problems(Window.of(hop * SECOND, hop * SECOND))).containsExactly(Problem.HOP_BETWEEN_LEVELS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // length, hop, offset in seconds, steps
                "59 | 60 | 0 | 1 | SHORTER_THAN_HOP",
                "60 | 60 | 0 | 1 | ",
                "90 | 60 | 0 | 1 | ",
                "3600 | 60 | 90 | 1 | OFFSET_BETWEEN_HOPS",
                "3600 | 60 | 120 | 1 | ",
                "7200 | 7200 | 0 | 2 | SHORTER_THAN_HOP,STEP_BETWEEN_HOPS",
                "10800 | 3600 | 0 | 2 | STEP_BETWEEN_HOPS",
                "86400 | 3600 | 0 | 24 | ",
                "86400 | 60 | 0 | 1440 | TOO_MANY_TILES",
                "3155760000 | 86400 | 0 | 1 | TOO_MANY_TILES",
                "1576800000 | 86400 | 0 | 1 | ",
                "3155760000 | 88473600 | 0 | 1 | ",
                "3155760001 | 86400 | 0 | 1 | TOO_LONG",
                "86400 | 86400 | 3155846400 | 1 | TOO_LONG",
                "315576000 | 86400 | 0 | 1 | ",
                "315576000 | 1 | 0 | 1 | TOO_MANY_TILES"
            })
    void W8_whatIsWrongWithAWindow(long length, long hop, long offset, int steps, String problems) {
        Set<Problem> expected = problems == null
                ? Set.of()
                : Arrays.stream(problems.split(",")).map(Problem::valueOf).collect(Collectors.toSet());

        assertThat(Hops.problems(new Window(length * SECOND, hop * SECOND, offset * SECOND, steps)))
                .isEqualTo(expected);
    }

    @Test
    void W8_whatIsWrongWithOtherWindows() {
        assertThat(Hops.problems(Window.of(Window.UNBOUNDED, DAY))).isEmpty();
        assertThat(Hops.problems(new Window(Window.UNBOUNDED, DAY, DAY, 1)))
                .containsExactly(Problem.UNBOUNDED_WITHOUT_HEAD);
        assertThat(Hops.problems(Window.of(SECOND, SECOND / 2))).containsExactly(Problem.HOP_BELOW_A_SECOND);
    }
}
