package dev.asof.offline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.offline.VisibleBatches.Range;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VisibleBatchesTest {

    @Test
    void A7_whatIsNotVisibleIsInFlightOrYetToCome() {
        var visible = new VisibleBatches("{[2,7),[8,13)}");
        assertThat(visible.highest()).isEqualTo(12);
        assertThat(visible.missing()).containsExactly(new Range(1, 1), new Range(7, 7));
        assertThat(visible.unseen()).isEqualTo("{[1,2),[7,8),[13,)}");
    }

    @Test
    void A7_beforeTheFirstBatchNoneIsVisible() {
        var visible = new VisibleBatches("{}");
        assertThat(visible.highest()).isZero();
        assertThat(visible.missing()).isEmpty();
        assertThat(visible.unseen()).isEqualTo("{[1,)}");
    }

    @Test
    void whatIsNoMultirangeIsRefused() {
        assertThatThrownBy(() -> new VisibleBatches("{[1,2)}'; drop table x --"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void batchesWithoutOthersAreThoseThatAreInOneAndNotInTheOther(long seed) {
        var random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            var some = random(random);
            var others = random(random);
            var expected = new TreeSet<>(some);
            expected.removeAll(others);
            var rest = batches(some).without(batches(others));
            assertThat(rest.stream().flatMap(range -> LongStream.rangeClosed(range.first(), range.last()).boxed()))
                    .as("%s without %s", some, others)
                    .containsExactlyElementsOf(expected);
            assertThat(VisibleBatches.of(rest).without(batches(List.of()))).isEqualTo(rest);
            var filter = batches(some).filter();
            assertThat(LongStream.rangeClosed(0, 40).filter(filter::contains).boxed()).containsExactlyElementsOf(some);
        }
    }

    private static TreeSet<Long> random(Random random) {
        var some = new TreeSet<Long>();
        random.longs(random.nextInt(40), 1, 40).forEach(some::add);
        return some;
    }

    private static VisibleBatches batches(Collection<Long> some) {
        var ranges = new ArrayList<Range>();
        for (long batch : some) {
            if (!ranges.isEmpty() && ranges.getLast().last() == batch - 1) {
                ranges.set(ranges.size() - 1, new Range(ranges.getLast().first(), batch));
            } else {
                ranges.add(new Range(batch, batch));
            }
        }
        return VisibleBatches.of(ranges);
    }
}
