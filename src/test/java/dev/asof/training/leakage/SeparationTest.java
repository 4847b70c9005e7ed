package dev.asof.training.leakage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.formats.ResultColumn;
import dev.asof.shared.ScalarType;
import dev.asof.training.DatasetRow;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class SeparationTest {

    /** By looking at every pair of a positive and a negative. */
    @Property(tries = 200)
    void theAucIsTheShareOfPairsInOrder(
            @ForAll @Size(min = 40, max = 120) List<@IntRange(min = -4, max = 4) Integer> values,
            @ForAll @Size(min = 120, max = 120) List<Boolean> positives) {
        double[] feature = values.stream()
                .mapToDouble(value -> value == 4 ? Double.NaN : value == 0 ? -0.0 : value)
                .toArray();
        double[] labels = new double[feature.length];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = positives.get(i) ? 1 : 0;
        }
        double wins = 0;
        long pairs = 0;
        long up = 0;
        long down = 0;
        for (int i = 0; i < feature.length; i++) {
            if (!Double.isNaN(feature[i])) {
                up += labels[i] == 1 ? 1 : 0;
                down += labels[i] == 0 ? 1 : 0;
            }
            for (int j = 0; j < feature.length; j++) {
                if (labels[i] == 1 && labels[j] == 0 && !Double.isNaN(feature[i]) && !Double.isNaN(feature[j])) {
                    pairs++;
                    wins += feature[i] > feature[j] ? 1 : feature[i] == feature[j] ? 0.5 : 0;
                }
            }
        }
        double auc = Separation.auc(feature, labels);
        if (up < 10 || down < 10) {
            assertThat(auc).isNaN();
        } else {
            assertThat(auc).isCloseTo(wins / pairs, Offset.offset(1e-12));
        }
    }

    @Test
    void theCorrelationIsThatOfTheTextbook() {
        double[] x = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, Double.NaN, 3};
        double[] y = {2, 1, 4, 3, 7, 8, 5, 9, 11, 10, 5, Double.POSITIVE_INFINITY};
        assertThat(Separation.correlation(x, y)).isCloseTo(0.9132631530817718, Offset.offset(1e-9));
        assertThat(Separation.correlation(new double[12], x)).isNaN();
    }

    private static Separation of(int rows, ScalarType labelType, Object[]... rowsOfValues) {
        var shape = new DatasetRow.Shape(
                List.of(
                        new ResultColumn("label", labelType),
                        new ResultColumn("as_text", ScalarType.STRING),
                        new ResultColumn("when_null", ScalarType.FLOAT64)),
                0,
                List.of(),
                1);
        var separation = new Separation(shape, 0, features(shape), rows);
        for (int i = 0; i < rows; i++) {
            separation.add(new DatasetRow(
                    shape,
                    i + 1,
                    rowsOfValues[i % rowsOfValues.length],
                    new java.time.Instant[0],
                    new java.time.Instant[0]));
        }
        return separation;
    }

    @Test
    void aTextOrAMissingValueGivesALabelAwayToo() {
        var results = of(100, ScalarType.BOOLEAN, new Object[] {true, "cancelled", null}, new Object[] {
                    false, "flown", 7.0
                })
                .results();
        assertThat(results)
                .hasSize(2)
                .allSatisfy(result -> assertThat(result.value()).isEqualTo(1));
        assertThat(results.get(1).how()).contains("null");
    }

    @Test
    void aLabelOfOneValueIsNotJudged() {
        var separation = of(100, ScalarType.BOOLEAN, new Object[] {true, "a", 1.0});
        assertThat(separation.results()).isEmpty();
        assertThat(separation.reason()).isPresent();
    }

    @Test
    void everyNthRowOfALargeDatasetIsJudged() {
        var shape = new DatasetRow.Shape(
                List.of(new ResultColumn("y", ScalarType.BOOLEAN), new ResultColumn("x", ScalarType.FLOAT64)),
                0,
                List.of(),
                1);
        long rows = 10_000_000;
        var separation = new Separation(shape, 0, features(shape), rows);
        var row = new @org.jspecify.annotations.Nullable Object[2];
        for (long i = 1; i <= rows; i += 1) {
            row[0] = i % 7 < 3;
            row[1] = i % 7 < 3 ? 1.0 : 0.0;
            separation.add(new DatasetRow(shape, i, row, new java.time.Instant[0], new java.time.Instant[0]));
        }
        assertThat(separation.isSample()).isTrue();
        assertThat(separation.rowsJudged()).isEqualTo(3_333_334);
        assertThat(separation.results().getFirst().value()).isEqualTo(1);
    }

    private static int[] features(DatasetRow.Shape shape) {
        return IntStream.range(shape.firstFeature(), shape.columns().size()).toArray();
    }
}
