package dev.asof.materialization;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.online.OnlineRow;
import dev.asof.shared.EntityKey;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SpilledRowsTest {

    /** Values up to twice the size of a part's buffer, so that rows lie across its end. */
    private static final int LARGEST_VALUE = 128 * 1024;

    @Test
    void A1_theNewestRowOfEachKeyComesBack() {
        var random = new Random(7);
        var expected = new HashMap<EntityKey, OnlineRow>();
        var found = new HashMap<EntityKey, OnlineRow>();
        try (var spilled = new SpilledRows()) {
            for (int i = 0; i < 5_000; i++) {
                var row = row(random, i);
                spilled.add(row);
                expected.merge(row.key(), row, (one, other) -> one.isNewerThan(other) ? one : other);
            }
            spilled.forEachPart(part ->
                    part.forEach(row -> assertThat(found.put(row.key(), row)).isNull()));
        }

        assertThat(found).containsOnlyKeys(expected.keySet());
        expected.forEach((key, row) -> {
            var its = Objects.requireNonNull(found.get(key));
            assertThat(its.eventMicros()).isEqualTo(row.eventMicros());
            assertThat(its.rowSequence()).isEqualTo(row.rowSequence());
            assertThat(its.value()).isEqualTo(row.value());
        });
    }

    private static OnlineRow row(Random random, int number) {
        byte[] value = new byte[random.nextInt(100) == 0 ? random.nextInt(LARGEST_VALUE) : random.nextInt(200)];
        random.nextBytes(value);
        var key = EntityKey.of(List.of("key " + random.nextInt(1_000)));
        return new OnlineRow(Objects.requireNonNull(key), random.nextInt(20), number, value);
    }
}
