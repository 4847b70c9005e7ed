package dev.asof.online.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.online.Publication;
import dev.asof.online.row.WindowedViews;
import dev.asof.online.row.WindowedViews.Row;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.TrainingDefaults;
import dev.asof.shared.EntityKey;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.transform.window.AggregateFunction;
import dev.asof.transform.window.Window;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Lookups of aggregates, and what is published of a key by whom in what order. */
class WindowedLookupsTest extends LookupTestBase {

    private static final long MINUTE = micros(Duration.ofMinutes(1));
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;
    private static final long AT = Timestamps.toMicros(NOW);
    private static final Window AN_HOUR = Window.of(HOUR, MINUTE);
    private static final Window A_WEEK = Window.of(7 * DAY, HOUR);

    private final RegisteredView spent = new WindowedViews()
            .column("s", ScalarType.STRING)
            .count("n_1h", AN_HOUR)
            .of("sum_7d", AggregateFunction.SUM, "i", A_WEEK)
            .of("max_1h", AggregateFunction.MAX, "f", AN_HOUR)
            .of("last_f", AggregateFunction.LAST_N, "f", A_WEEK)
            .of("last_s", AggregateFunction.LAST_N, "s", A_WEEK)
            .by("by_s", AggregateFunction.COUNT, Optional.empty(), A_WEEK, "s", 2)
            .view(1, "spent");

    private final RegisteredView plain = new WindowedViews()
            .of("sum", AggregateFunction.SUM, "i", AN_HOUR)
            .of("sum_7d", AggregateFunction.SUM, "i", A_WEEK)
            .of("last", AggregateFunction.LAST, "i", A_WEEK)
            .of("last_n", AggregateFunction.LAST_N, "i", A_WEEK)
            .of("kinds", AggregateFunction.COUNT_DISTINCT, "s", A_WEEK)
            .column("s", ScalarType.STRING)
            .view(2, "plain");

    private static long micros(Duration duration) {
        return duration.toNanos() / 1_000;
    }

    @BeforeAll
    void define() {
        registry.addService("spent", spent).addService("plain", plain);
    }

    @BeforeEach
    void flush() {
        empty();
    }

    private static Row row(long event, long sequence, @Nullable Object i, @Nullable Object f, @Nullable Object s) {
        var values = new HashMap<String, Object>();
        if (i != null) {
            values.put("i", i);
        }
        if (f != null) {
            values.put("f", f);
        }
        if (s != null) {
            values.put("s", s);
        }
        return new Row(event, sequence, values);
    }

    private void publish(RegisteredView view, long number, long now, List<Row> rows) {
        var published =
                store.publish(view, new Publication(1, number), List.of(WindowedViews.published(view, "k", now, rows)));
        assertThat(published.again()).isEmpty();
    }

    private static final List<Row> ROWS = List.of(
            row(AT - 3 * DAY, 1, 9_007_199_254_740_993L, 2.5, "a"),
            row(AT - 2 * DAY, 2, 1L, null, "b"),
            row(AT - 2 * MINUTE, 3, null, 7.5, "b"),
            row(AT - MINUTE, 4, -3L, -1.0, "c"));

    @Test
    void W2_aggregatesAreAnsweredBesideTheNewestRowsFeatures() {
        publish(spent, 1, AT, ROWS);

        var answer = answer("""
            {'feature_service':'spent','entities':[{'id':'k'}],'include':['statuses','event_timestamps']}\
            """);

        assertJson(answer.get("columns"), """
            ['spent__s','spent__n_1h','spent__sum_7d','spent__max_1h','spent__last_f','spent__last_s','spent__by_s']\
            """);
        assertJson(answer.get("rows").get(0).get("values"), """
            ['c',2,9007199254740991,7.5,[null,7.5,-1.0],['b','b','c'],{'keys':['a','b'],'values':[1,2]}]\
            """);
        assertJson(answer.get("rows").get(0).get("statuses"), """
            ['PRESENT','PRESENT','PRESENT','PRESENT','PRESENT','PRESENT','PRESENT']\
            """);
        String last = "'" + micros(NOW.minus(Duration.ofMinutes(1))) + "'";
        assertJson(
                answer.get("rows").get(0).get("event_timestamps"),
                "[LAST,LAST,LAST,LAST,LAST,LAST,LAST]".replace("LAST", last));
    }

    @Test
    void V3_twoRolesWithTheSameKeyAreAnsweredWhatEachAsksFor() {
        var views = List.of(
                new FeatureSelection.View(spent, "a", List.of("a_id")),
                new FeatureSelection.View(spent, "b", List.of("b_id")));
        var columns = List.of(
                FeatureSelection.Column.stored(views, 0, "n_1h"),
                FeatureSelection.Column.stored(views, 1, "sum_7d"),
                FeatureSelection.Column.stored(views, 1, "n_1h"),
                FeatureSelection.Column.stored(views, 1, "s"));
        registry.addService("two_roles", new FeatureSelection(Optional.empty(), views, columns, TrainingDefaults.NONE));
        publish(spent, 1, AT, ROWS);

        var answer = answer("{'feature_service':'two_roles','entities':[{'a_id':'k','b_id':'k'}]}");

        assertJson(answer.get("rows").get(0).get("values"), "[2,9007199254740991,2,'c']");
    }

    @Test
    void J1_wholeNumbersInListsAndMapsAreTextWhenAskedFor() {
        publish(spent, 1, AT, ROWS);

        var values = answer("{'feature_service':'spent','entities':[{'id':'k'}]}", true)
                .get("rows")
                .get(0)
                .get("values");

        assertJson(values.get(2), "'9007199254740991'");
        assertJson(values.get(6), "{'keys':['a','b'],'values':['1','2']}");
    }

    @Test
    void W2_unknownAndNullKeysAreAnsweredAsOfNoRows() {
        var rows = answer("""
            {'feature_service':'spent','entities':[{'id':'nobody'},{'id':null}],'include':['statuses','event_timestamps']}\
            """).get("rows");

        for (int i = 0; i < 2; i++) {
            assertJson(rows.get(i), """
                {'values':[null,0,0,null,[],[],{'keys':[],'values':[]}],
                 'statuses':['NOT_FOUND','PRESENT','PRESENT','NULL_VALUE','PRESENT','PRESENT','PRESENT'],
                 'event_timestamps':[null,null,null,null,null,null,null]}\
                """);
        }
    }

    @Test
    void columnNamesOfBucketedAggregatesAreTheirOwn() {
        publish(spent, 1, AT, ROWS);

        var answer = answer("{'feature_service':'spent','entities':[{'id':'k'}],'column_names':'short'}");

        assertJson(answer.get("columns"), "['s','n_1h','sum_7d','max_1h','last_f','last_s','by_s']");
    }

    @Test
    void aCommonKeysAggregatesAreAnsweredOnce() {
        publish(spent, 1, AT, ROWS);

        var answer = answer("{'feature_service':'spent','common':{'id':'k'},'entities':[{},{}]}");

        assertThat(answer.get("common").get("values")).hasSize(7);
        assertThat(answer.get("rows")).hasSize(2);
        assertThat(answer.get("rows").get(0).get("values")).isEmpty();
    }

    @Test
    void O1_truncatedAndFailedValuesSayWhatTheyAre() {
        var rows = new ArrayList<Row>();
        for (int i = 0; i < 17; i++) {
            rows.add(row(AT - MINUTE - i, i, Long.MAX_VALUE, null, "s" + i));
        }
        publish(spent, 1, AT, rows);

        var row = answer("{'feature_service':'spent','entities':[{'id':'k'}],'include':['statuses']}")
                .get("rows")
                .get(0);

        assertThat(row.get("statuses").get(2).asString()).isEqualTo("ERROR");
        assertThat(row.get("values").get(2).isNull()).isTrue();
        assertThat(row.get("statuses").get(6).asString()).isEqualTo("TRUNCATED");
        assertThat(row.get("values").get(6).get("keys")).hasSize(2);
    }

    private String answers() {
        return answer("{'feature_service':'plain','entities':[{'id':'k'}],'include':['statuses','event_timestamps']}")
                .get("rows")
                .toString();
    }

    private String answersOf(List<Row> rows) {
        redis.flushdb();
        empty();
        publish(plain, 1, AT, rows);
        return answers();
    }

    @Test
    void I3_theGreaterPublicationStaysWhicheverComesFirst() {
        var all = ROWS;
        var some = ROWS.subList(0, 2);
        String expected = answersOf(all);

        empty();
        publish(plain, 8, AT, all);
        publish(plain, 7, AT, some);
        assertThat(answers()).isEqualTo(expected);

        empty();
        publish(plain, 7, AT, some);
        publish(plain, 8, AT, all);
        assertThat(answers()).isEqualTo(expected);
        store.publish(plain, new Publication(2, 1), List.of(WindowedViews.published(plain, "k", AT, some)));
        assertThat(answers()).isNotEqualTo(expected);
    }

    @Test
    void I3_aKeyWithoutAnythingLeftIsNotBroughtBackByAnOlderPublication() {
        publish(plain, 8, AT, List.of());
        publish(plain, 7, AT, ROWS);

        assertJson(
                answer("{'feature_service':'plain','entities':[{'id':'k'}]}")
                        .get("rows")
                        .get(0)
                        .get("values"),
                "[0,0,null,[],0,null]");
    }

    private Set<EntityKey> patch(long number, List<Row> rows, long instant) {
        return store.patch(plain, new Publication(1, number), List.of(WindowedViews.patch(plain, "k", instant, rows)))
                .again();
    }

    @Test
    void I3_patchesOfTilesEndInTheSameInAnyOrder() {
        var late = row(AT - 1, 5, 10L, 1.0, "d");
        var later = row(AT, 6, 20L, 1.0, "e");
        var more = row(AT - MINUTE + 1, 7, 40L, 1.0, "f");
        var first = new ArrayList<>(ROWS);
        first.add(late);
        var second = new ArrayList<>(first);
        second.add(later);
        var third = new ArrayList<>(second);
        third.add(more);
        String expected = answersOf(third);

        for (var order : List.of(List.of(0, 1, 2), List.of(2, 1, 0), List.of(1, 0, 2))) {
            empty();
            publish(plain, 1, AT, ROWS);
            for (int which : order) {
                var again = switch (which) {
                    case 0 -> patch(2, first, AT - 1);
                    case 1 -> patch(3, second, AT);
                    default -> patch(4, third, AT - MINUTE + 1);
                };
                assertThat(again).isEmpty();
            }
            assertThat(answers()).describedAs("%s", order).isEqualTo(expected);
        }
    }

    @Test
    void I3_aWholeKeyKeepsPatchesThatWereReadLater() {
        var second = new ArrayList<>(ROWS);
        second.add(row(AT, 5, 10L, 1.0, "d"));
        String expected = answersOf(second);

        empty();
        publish(plain, 1, AT, ROWS.subList(0, 2));
        assertThat(patch(3, second, AT)).isEmpty();
        publish(plain, 2, AT, ROWS);
        assertThat(answers()).isEqualTo(expected);
        publish(plain, 4, AT, second);
        assertThat(answers()).isEqualTo(expected);
        assertThat(patch(3, ROWS, AT)).isEmpty();
        assertThat(answers()).isEqualTo(expected);
    }

    @Test
    void I3_whatNoPatchCanHoldIsWantedWhole() {
        var key = Set.of(EntityKey.of(List.of("k")));
        assertThat(patch(1, ROWS, AT)).describedAs("nothing is there").isEqualTo(key);

        publish(plain, 2, AT, ROWS);
        assertThat(patch(3, ROWS, AT - 3 * DAY))
                .describedAs("part of a coarser tile")
                .isEqualTo(key);

        var many = new ArrayList<>(ROWS);
        boolean wanted = false;
        for (int i = 1; i < 200 && !wanted; i++) {
            many.add(row(AT + i * MINUTE, 10 + i, 1L, 1.0, "x"));
            wanted = !patch(10 + i, many, AT + i * MINUTE).isEmpty();
        }
        assertThat(wanted).describedAs("patched often").isTrue();
    }

    @Test
    void I3_aWholeKeyThatLacksWhatAPatchHasIsWantedAgain() {
        publish(plain, 1, AT - 10 * MINUTE, ROWS.subList(0, 2));
        assertThat(patch(3, ROWS, AT - 2 * MINUTE)).isEmpty();
        String before = answers();

        var published = store.publish(
                plain,
                new Publication(1, 2),
                List.of(WindowedViews.published(plain, "k", AT + 10 * MINUTE, ROWS.subList(0, 2))));

        assertThat(published.again()).isEqualTo(Set.of(EntityKey.of(List.of("k"))));
        assertThat(answers()).isEqualTo(before);
    }

    @Test
    void I3_randomPublishersEndInWhatTheLastOfThemRead() {
        var random = new Random(3);
        for (int round = 0; round < 40; round++) {
            empty();
            var rows = new ArrayList<>(ROWS.subList(0, 2));
            var steps = new ArrayList<Runnable>();
            long start = AT - 20 * MINUTE;
            publish(plain, 1, start, rows);
            var again = new ArrayList<EntityKey>();
            for (int number = 2; number < 12; number++) {
                long now = start + number * MINUTE;
                long event = now - random.nextLong(3 * MINUTE);
                rows.add(row(event, number, (long) number, 1.0, "s" + number));
                var seen = List.copyOf(rows);
                int publication = number;
                steps.add(
                        random.nextInt(4) == 0
                                ? () -> again.addAll(store.publish(
                                                plain,
                                                new Publication(1, publication),
                                                List.of(WindowedViews.published(plain, "k", now, seen)))
                                        .again())
                                : () -> again.addAll(patch(publication, seen, event)));
            }
            Collections.shuffle(steps, random);
            steps.forEach(Runnable::run);
            if (!again.isEmpty()) {
                publish(plain, 12, AT - MINUTE, rows);
            }
            String stands = answers();
            publish(plain, 20, AT, rows);
            assertThat(stands).describedAs("round %s", round).isEqualTo(answers());
        }
    }
}
