package dev.asof.offline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.offline.AggregateTable.Aggregated;
import dev.asof.offline.AggregateTable.Stored;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.BatchId;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.ScalarType;
import dev.asof.transform.window.AggregateFunction;
import dev.asof.transform.window.KeyTiles;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which rows count for aggregates (rule W4), against the rule over a list of all rows. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AggregateRowsTest {

    private static final Instant START = Instant.parse("1969-12-31T23:59:00Z");
    private static final int SECONDS = 120;
    private static final long BATCHES = 6;

    private AggregateTable table;
    private PostgresAggregateRows rows;

    @BeforeAll
    void open() {
        table = new AggregateTable();
        rows = new PostgresAggregateRows(table.dataSource);
    }

    @AfterAll
    void close() throws SQLException {
        table.close();
    }

    private RegisteredView view(boolean rowId, boolean global) {
        var window = AggregateTable.window(Duration.ofMinutes(1), Duration.ofSeconds(10));
        var keys = global
                ? List.<RegisteredView.Key>of()
                : List.of(
                        AggregateTable.key("name", ScalarType.STRING), AggregateTable.key("at", ScalarType.TIMESTAMP));
        return table.create(
                keys,
                rowId
                        ? List.of(
                                AggregateTable.key("id", ScalarType.INT64),
                                AggregateTable.key("part", ScalarType.STRING))
                        : List.of(),
                AggregateTable.features(
                        List.of(AggregateTable.column("value", ScalarType.INT64)),
                        List.of(Aggregated.of("total", AggregateFunction.SUM, ScalarType.INT64, window))));
    }

    private static List<Stored> random(Random random, RegisteredView view) {
        var all = new ArrayList<Stored>();
        for (int i = 0; i < 300; i++) {
            var event = START.plusSeconds(random.nextInt(SECONDS));
            boolean deleted = random.nextInt(12) == 0;
            boolean hasId = !view.rowId().isEmpty();
            @Nullable
            Object[] key = view.keys().isEmpty()
                    ? new Object[0]
                    : new @Nullable Object[] {hasId && random.nextInt(10) == 0 ? null : "k" + random.nextInt(5), START};
            @Nullable
            Object[] kept = hasId
                    ? new @Nullable Object[] {
                        (long) i, random.nextInt(10) == 0 ? null : (long) random.nextInt(60), "p" + random.nextInt(2)
                    }
                    : new @Nullable Object[] {(long) i};
            all.add(new Stored(
                    new FeatureRow(key, event, i + 1, deleted, new @Nullable Object[] {(long) i}, new int[0], kept),
                    1 + random.nextLong(BATCHES),
                    event));
        }
        return all;
    }

    private static final Comparator<FeatureRow> ORDER =
            Comparator.comparing(FeatureRow::eventTimestamp).thenComparing(FeatureRow::rowSequence);

    private static boolean counts(RegisteredView view, FeatureRow row, List<Stored> all, Instant asOf) {
        if (row.deleted()) {
            return false;
        }
        if (view.rowId().isEmpty()) {
            return all.stream()
                    .map(Stored::row)
                    .noneMatch(other -> other.deleted()
                            && other.entity().equals(row.entity())
                            && !other.eventTimestamp().isAfter(asOf)
                            && ORDER.compare(other, row) > 0);
        }
        return row.kept()[1] == null
                || all.stream()
                        .map(Stored::row)
                        .noneMatch(other -> Objects.equals(other.kept()[1], row.kept()[1])
                                && Objects.equals(other.kept()[2], row.kept()[2])
                                && other.rowSequence() > row.rowSequence());
    }

    private static final class Collected implements AggregateRows.Rows {

        private final List<String> texts = new ArrayList<>();

        @Override
        public void newest(FeatureRow row) {
            texts.add("newest " + text(row));
        }

        @Override
        public void counted(FeatureRow row) {
            texts.add(text(row));
        }

        @Override
        public void tile(EntityKey key, KeyTiles.Tile tile) {
            throw new AssertionError(tile);
        }
    }

    private static String text(FeatureRow row) {
        return "%s %s %s %s %s"
                .formatted(
                        row.entity(),
                        row.eventTimestamp(),
                        row.rowSequence(),
                        Arrays.toString(row.values()),
                        Arrays.toString(row.kept()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void W4_rowsCountByTheLastOfTheirIdOrSinceTheTombstone(boolean rowId) {
        for (int seed = 0; seed < 8; seed++) {
            var random = new Random(seed);
            var view = view(rowId, seed == 7);
            var all = random(random, view);
            table.store(view, all);
            for (int i = 0; i < 5; i++) {
                var asOf = START.plusSeconds(random.nextInt(SECONDS));
                var from = i == 0 ? Instant.MIN : asOf.minusSeconds(random.nextInt(60));
                var keys = keys(view, all);
                var found = new Collected();
                table.transaction.executeWithoutResult(_ -> rows.read(view, keys, from, asOf, found));
                assertThat(found.texts).as("seed %s", seed).isEqualTo(expected(view, all, keys, from, asOf));
            }
            table.drop(view);
        }
    }

    private static List<EntityKey> keys(RegisteredView view, List<Stored> all) {
        if (view.keys().isEmpty()) {
            return List.of(EntityKey.global());
        }
        var keys = new ArrayList<>(all.stream()
                .flatMap(stored -> stored.row().entity().stream())
                .distinct()
                .toList());
        keys.add(2, EntityKey.of(List.of("unknown", START)));
        return keys;
    }

    private static List<String> expected(
            RegisteredView view, List<Stored> all, List<EntityKey> keys, Instant from, Instant asOf) {
        var expected = new ArrayList<String>();
        for (EntityKey key : keys) {
            var ofKey = all.stream()
                    .map(Stored::row)
                    .filter(row -> row.entity().equals(Optional.of(key)))
                    .filter(row -> !row.eventTimestamp().isAfter(asOf))
                    .sorted(ORDER)
                    .toList();
            if (!ofKey.isEmpty()) {
                expected.add("newest " + text(ofKey.getLast()));
            }
            ofKey.stream()
                    .filter(row -> !row.eventTimestamp().isBefore(from) && counts(view, row, all, asOf))
                    .forEach(row -> expected.add(text(row)));
        }
        return expected;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void keysAreGivenInPages(boolean rowId) {
        var view = view(rowId, false);
        table.store(view, random(new Random(1), view));

        var paged = new ArrayList<EntityKey>();
        Optional<EntityKey> after = Optional.empty();
        for (int page = 0; page < 4; page++) {
            var keys = rows.keys(view, after, 2);
            paged.addAll(keys);
            after = Optional.of(paged.getLast());
        }

        assertThat(paged).extracting(key -> key.values().getFirst()).containsExactly("k0", "k1", "k2", "k3", "k4");
        table.drop(view);
    }

    @Test
    void theKeyOfAGlobalViewIsThereOnceItHasRows() {
        var view = view(false, true);
        assertThat(rows.keys(view, Optional.empty(), 10)).isEmpty();

        table.store(view, random(new Random(1), view));

        assertThat(rows.keys(view, Optional.empty(), 10)).containsExactly(EntityKey.global());
        assertThat(rows.keys(view, Optional.of(EntityKey.global()), 10)).isEmpty();
        table.drop(view);
    }

    /** Whatever counts otherwise with some batches than without them is among what they touched. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void W7_whatBatchesChangedIsTold(boolean rowId) {
        for (int seed = 0; seed < 8; seed++) {
            var view = view(rowId, false);
            var all = random(new Random(seed), view);
            table.store(view, all);
            var batches = List.of(2L, 5L);
            var touched = new HashSet<AggregateRows.Touched>();
            var after = START.plusSeconds(20);
            var until = START.plusSeconds(100);
            table.transaction.executeWithoutResult(_ -> rows.touched(
                    view, batches.stream().map(BatchId::new).toList(), Optional.of(after), until, touched::add));

            var before = all.stream()
                    .filter(stored -> !batches.contains(stored.batch()))
                    .toList();
            var changed = new HashSet<>(counted(view, before, until));
            var now = counted(view, all, until);
            changed.removeAll(now);
            var added = new HashSet<>(now);
            added.removeAll(counted(view, before, until));
            changed.addAll(added);

            assertThat(changed).as("seed %s", seed).hasSizeGreaterThan(20);
            assertThat(changed)
                    .allSatisfy(row -> assertThat(isTold(row, touched, after, until))
                            .as("%s of seed with row id %s", text(row), rowId)
                            .isTrue());
            assertThat(touched)
                    .allSatisfy(place ->
                            assertThat(place.eventTimestamp()).isAfter(after).isBeforeOrEqualTo(until));
            table.drop(view);
        }
    }

    private static boolean isTold(
            FeatureRow row, Collection<AggregateRows.Touched> touched, Instant after, Instant until) {
        if (row.entity().isEmpty()
                || !row.eventTimestamp().isAfter(after)
                || row.eventTimestamp().isAfter(until)) {
            return true;
        }
        return touched.stream()
                .filter(place -> place.key().equals(row.key()))
                .anyMatch(place -> place.eventTimestamp().equals(row.eventTimestamp())
                        || place.cut() && !place.eventTimestamp().isBefore(row.eventTimestamp()));
    }

    private static List<FeatureRow> counted(RegisteredView view, List<Stored> all, Instant asOf) {
        return all.stream()
                .map(Stored::row)
                .filter(row -> counts(view, row, all, asOf))
                .toList();
    }
}
