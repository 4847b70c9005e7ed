package dev.asof.offline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.offline.VisibleBatches.Range;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
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
            assertThat(rest.stream()
                            .flatMap(range -> LongStream.rangeClosed(range.first(), range.last())
                                    .boxed()))
                    .as("%s without %s", some, others)
                    .containsExactlyElementsOf(expected);
            assertThat(VisibleBatches.of(rest).without(batches(List.of()))).isEqualTo(rest);
            var filter = batches(some).filter();
            assertThat(LongStream.rangeClosed(0, 40).filter(filter::contains).boxed())
                    .containsExactlyElementsOf(some);
        }
    }

    /** By looking at each id. */
    @Property
    void A7_whatIsVisibleMissingAndUnseenIsWhatTheRangesSay(
            @ForAll @Size(max = 60) Set<@LongRange(min = 1, max = 90) Long> some) {
        var ids = new TreeSet<>(some);
        var visible = batches(ids);
        assertThat(new VisibleBatches(visible.ranges()).ranges()).isEqualTo(visible.ranges());
        assertThat(visible.highest()).isEqualTo(ids.isEmpty() ? 0 : ids.last());
        var missing = new TreeSet<Long>();
        visible.missing()
                .forEach(range ->
                        LongStream.rangeClosed(range.first(), range.last()).forEach(missing::add));
        for (long id = 1; id <= visible.highest(); id++) {
            assertThat(missing.contains(id)).isEqualTo(!ids.contains(id));
            assertThat(visible.filter().contains(id)).isEqualTo(ids.contains(id));
        }
        assertThat(visible.filter().contains(0)).isFalse();
        assertThat(visible.filter().contains(visible.highest() + 1)).isFalse();
        assertThat(visible.unseen()).endsWith("[%s,)}".formatted(visible.highest() + 1));
        assertThat(batches(missing).ranges().replaceFirst("}$", ""))
                .isEqualTo(visible.unseen().replaceFirst(",?\\[\\d+,\\)}$", ""));
    }

    /** A manifest of an earlier server, which listed each id that was never accepted. */
    @Test
    void A7_aManifestWithVeryManyGapsIsRead() {
        var ranges = LongStream.range(0, 200_000)
                .mapToObj(i -> "[%s,%s)".formatted(3 * i + 1, 3 * i + 3))
                .collect(Collectors.joining(",", "{", "}"));
        var visible = new VisibleBatches(ranges);
        assertThat(visible.highest()).isEqualTo(599_999);
        assertThat(visible.missing()).hasSize(199_999);
        assertThat(visible.without(new VisibleBatches(ranges))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "}",
                "{,}",
                "{[1,2)",
                "[1,2)}",
                "{[1,2),}",
                "{,[1,2)}",
                "{[1,2)[3,4)}",
                "{[1,2],[3,4)}",
                "{[-1,2)}",
                "{[1,2) }",
                "{[1,)}"
            })
    void whatIsAlmostAMultirangeIsRefused(String text) {
        assertThatThrownBy(() -> new VisibleBatches(text)).isInstanceOf(IllegalArgumentException.class);
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
