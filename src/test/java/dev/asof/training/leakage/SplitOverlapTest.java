package dev.asof.training.leakage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.training.Split;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class SplitOverlapTest {

    private static final Instant BASE = Instant.parse("2026-01-01T00:00:00Z");
    private static final List<Split> SPLITS = List.of(
            new Split("train", 0, null, BASE.plusSeconds(50)),
            new Split("validation", 0, BASE.plusSeconds(60), BASE.plusSeconds(80)),
            new Split("test", 0, BASE.plusSeconds(80), null),
            new Split("fold_1_test", 1, BASE, null));

    private record Row(long hash, Instant asOf) {}

    @Test
    void whatTwoSplitsShareIsCounted() {
        var random = new Random(1);
        var rows = new ArrayList<Row>();
        var overlap = new SplitOverlap(SPLITS);
        for (int i = 0; i < 3_000; i++) {
            var row = new Row(random.nextLong(1_500) * 0x9E3779B97F4A7C15L, BASE.plusSeconds(random.nextInt(100)));
            rows.add(row);
            overlap.add(row.hash(), row.asOf());
        }
        var meetings = overlap.meetings();
        assertThat(meetings).as("within a group, each pair once").hasSize(3);
        for (var meeting : meetings) {
            var earlier = new HashSet<Long>();
            rows.stream().filter(row -> meeting.earlier().contains(row.asOf())).forEach(row -> earlier.add(row.hash()));
            var later = rows.stream()
                    .filter(row -> meeting.later().contains(row.asOf()))
                    .toList();
            var distinct = new HashSet<Long>();
            later.forEach(row -> distinct.add(row.hash()));
            assertThat(meeting.rows()).isEqualTo(later.size());
            assertThat(meeting.sharedRows())
                    .isEqualTo(later.stream()
                            .filter(row -> earlier.contains(row.hash()))
                            .count());
            assertThat(meeting.distinct()).isEqualTo(distinct.size());
            assertThat(meeting.sharedDistinct())
                    .isEqualTo(distinct.stream().filter(earlier::contains).count());
        }
    }

    @Test
    void ofVeryManyAPartIsJudgedThatHasTheSameShares() {
        var random = new Random(2);
        var overlap = new SplitOverlap(SPLITS.subList(0, 3));
        for (int i = 0; i < 2_500_000; i++) {
            long hash = random.nextLong();
            overlap.add(hash, BASE);
            if (i % 4 == 0) {
                overlap.add(i % 8 == 0 ? hash : random.nextLong(), BASE.plusSeconds(90));
            }
        }
        assertThat(overlap.isSample()).isTrue();
        var meeting = overlap.meetings().get(1);
        assertThat((double) meeting.sharedRows() / meeting.rows()).isCloseTo(0.5, Offset.offset(0.01));
    }
}
