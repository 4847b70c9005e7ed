package dev.asof.offline.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.shared.EntityKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimelinesTest {

    private static final int SEQUENCE = 8;

    private static final Comparator<Row> IN_ORDER =
            Comparator.comparingLong(Row::time).thenComparing(Row::sequence);

    private record Row(EntityKey key, long time, long sequence, long place) {}

    private final GrowingFile file = file();
    private final Timelines timelines = timelines(file);
    private final List<Row> rows = new ArrayList<>();
    private final Map<EntityKey, List<Row>> ofKeys = new HashMap<>();

    /** Many keys with few rows and few with many, added in order, and late, and with the same time again. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 50, 20_000})
    void everyKeysRowsAreInOrderOfTimeAndSequence(int keys) throws IOException {
        var random = new Random(keys);
        for (int round = 0; round < 12; round++) {
            int count = random.nextInt(4) * random.nextInt(4_000);
            addInOrder(IntStream.range(0, count)
                    .mapToObj(_ -> row(key(random.nextInt(keys)), random.nextInt(1 + random.nextInt(5_000))))
                    .toList());
            check(random, keys);
        }
        assertThat(rows).hasSizeGreaterThan(10_000);
    }

    @Test
    void keysWithTheSameHashAreDifferentKeys() throws IOException {
        var one = key(List.of("Aa"));
        var byHash = new HashMap<Integer, EntityKey>();
        EntityKey other = null;
        for (long i = 0; other == null; i++) {
            var key = key(List.of(i));
            var same = byHash.put(key.hashCode(), key);
            if (same != null) {
                one = same;
                other = key;
            }
        }
        addInOrder(List.of(row(one, 1)));
        assertThat(found(other, 1)).isEmpty();
        addInOrder(List.of(row(other, 2)));
        assertThat(found(one, 5)).containsExactly(rows.get(0).place());
        assertThat(found(other, 5)).containsExactly(rows.get(1).place());
    }

    @Test
    void aFileThatIsFullSaysSo() throws IOException {
        var small = new GrowingFile(1_000);
        assertThat(small.allocate(990)).isZero();
        assertThat(small.allocate(8)).isEqualTo(992);
        assertThatThrownBy(() -> small.allocate(1))
                .isInstanceOf(GrowingFile.FullException.class)
                .hasMessageContaining("1,000");
    }

    private static EntityKey key(List<Object> values) {
        return Objects.requireNonNull(EntityKey.of(values));
    }

    private static EntityKey key(int number) {
        return number % 2 == 0 ? key(List.of((long) number)) : key(List.of("key " + number, number));
    }

    private Row row(EntityKey key, long time) {
        try {
            long place = file.allocate(16);
            long sequence = place + 1;
            file.memory().set(ValueLayout.JAVA_LONG, place + SEQUENCE, sequence);
            return new Row(key, time, sequence, place);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void addInOrder(List<Row> added) throws IOException {
        var sorted = new ArrayList<>(added);
        sorted.sort(IN_ORDER);
        for (Row row : sorted) {
            timelines.add(row.key(), row.time(), row.place());
        }
        timelines.order();
        rows.addAll(added);
        added.stream().collect(Collectors.groupingBy(Row::key)).forEach((key, more) -> {
            var ofKey = ofKeys.computeIfAbsent(key, _ -> new ArrayList<>());
            ofKey.addAll(more);
            ofKey.sort(IN_ORDER);
        });
    }

    /** Few keys have many rows each, all of which are looked at. */
    private void check(Random random, int keys) {
        var asked = IntStream.range(0, Math.min(300, 10 + 6 * keys))
                .mapToObj(_ -> random.nextInt(20) == 0 ? null : key(random.nextInt(keys + 2)))
                .toArray(EntityKey[]::new);
        long[] times = random.longs(asked.length, -1, 5_100).toArray();
        long[] found = new long[asked.length];
        int[] counts = new int[asked.length];
        timelines.find(asked, times, found, counts);
        for (int i = 0; i < asked.length; i++) {
            assertThat(places(found[i], counts[i]))
                    .as("%s until %s", asked[i], times[i])
                    .isEqualTo(expected(asked[i], times[i]));
        }
    }

    private long[] expected(@Nullable EntityKey key, long until) {
        return ofKeys.getOrDefault(key, List.of()).stream()
                .takeWhile(row -> row.time() <= until)
                .mapToLong(Row::place)
                .toArray();
    }

    private long[] found(EntityKey key, long until) {
        long[] found = new long[1];
        int[] counts = new int[1];
        timelines.find(new EntityKey[] {key}, new long[] {until}, found, counts);
        return places(found[0], counts[0]);
    }

    private long[] places(long timeline, int count) {
        assertThat(timeline == Timelines.NONE).isEqualTo(timeline == Timelines.NONE && count == 0);
        return IntStream.range(0, count)
                .mapToLong(i -> timelines.row(timeline, i))
                .toArray();
    }

    private static Timelines timelines(GrowingFile file) {
        try {
            return new Timelines(file(), file, SEQUENCE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static GrowingFile file() {
        try {
            return new GrowingFile(64L << 20);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
