package dev.asof.online.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.online.LookupRequest;
import dev.asof.online.row.FakeRegistry;
import dev.asof.online.row.RowAddress;
import dev.asof.online.row.TestViews;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.AsofException;
import dev.asof.shared.EntityKey;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.ScalarType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/** Plans against what a lookup says row by row and view by view. */
class LookupPlannerPropertyTest {

    private static final List<String> COLUMNS = List.of("a", "b", "c", "d");

    /** The request's columns a and c are texts, b and d numbers, whatever view they are of. */
    private static ScalarType type(String column) {
        return column.equals("a") || column.equals("c") ? ScalarType.STRING : ScalarType.INT64;
    }

    private static FeatureSelection selection(Random random) {
        var views = new ArrayList<FeatureSelection.View>();
        for (int id = 1; id <= 1 + random.nextInt(4); id++) {
            var columns = COLUMNS.stream().filter(_ -> random.nextInt(3) == 0).toList();
            var keys = new LinkedHashMap<String, ScalarType>();
            columns.forEach(column -> keys.put("k_" + column, type(column)));
            var view = TestViews.view(
                    id, "v" + id, keys, Map.of("x", ScalarType.INT64, "y", ScalarType.STRING), Optional.empty());
            views.add(new FeatureSelection.View(view, "v" + id, columns));
            if (random.nextInt(4) == 0) {
                // the same view in a role, by other columns of the types
                views.add(new FeatureSelection.View(
                        view,
                        "r" + id,
                        columns.stream()
                                .map(column -> COLUMNS.get((COLUMNS.indexOf(column) + 2) % 4))
                                .toList()));
            }
        }
        return new FakeRegistry().addService("s", views).service("s");
    }

    private static @Nullable Object value(Random random, String column) {
        if (random.nextInt(5) == 0) {
            return null;
        }
        return type(column) == ScalarType.STRING ? "t" + random.nextInt(2) : (Object) (long) random.nextInt(2);
    }

    private static Map<String, @Nullable Object> row(Random random, List<String> columns) {
        var row = new HashMap<String, @Nullable Object>();
        columns.forEach(column -> row.put(column, value(random, column)));
        return row;
    }

    private static LookupRequest request(
            Optional<List<Map<String, @Nullable Object>>> rows, Optional<Map<String, @Nullable Object>> common) {
        return new LookupRequest(Optional.of("s"), List.of(), rows, common, false);
    }

    @Property(tries = 500)
    void everyViewOfEveryRowReadsTheRowOfItsKeysAndEachRowOnce(@ForAll long seed) {
        var random = new Random(seed);
        var selection = selection(random);
        var template = new LookupTemplate(selection);
        var needed = template.names();
        var shared = needed.stream().filter(_ -> random.nextInt(3) == 0).toList();
        var own = needed.stream().filter(column -> !shared.contains(column)).toList();
        Optional<Map<String, @Nullable Object>> common =
                shared.isEmpty() && random.nextBoolean() ? Optional.empty() : Optional.of(row(random, shared));
        var rows = new ArrayList<Map<String, @Nullable Object>>();
        for (int i = 0; i < 1 + random.nextInt(6); i++) {
            rows.add(row(random, own));
        }

        var plan = LookupPlanner.plan(template, request(Optional.of(rows), common));

        assertThat(plan.reads()).doesNotHaveDuplicates();
        for (int read = 0; read < plan.reads().size(); read++) {
            assertThat(plan.reads().get(read).view())
                    .isEqualTo(selection.views().get(plan.viewOfRead()[read]).view());
        }
        boolean[] once = new boolean[selection.views().size()];
        for (int view = 0; view < once.length; view++) {
            once[view] = common.isPresent()
                    && shared.containsAll(selection.views().get(view).keyColumns());
        }
        assertThat(plan.common().isPresent()).isEqualTo(common.isPresent());
        plan.common().ifPresent(block -> check(plan, block, true, once, List.of(common.orElseThrow())));
        check(
                plan,
                plan.rows(),
                false,
                once,
                rows.stream().map(row -> joined(row, common)).toList());
    }

    private static Map<String, @Nullable Object> joined(
            Map<String, @Nullable Object> row, Optional<Map<String, @Nullable Object>> common) {
        var all = new HashMap<>(row);
        common.ifPresent(all::putAll);
        return all;
    }

    private static void check(
            LookupPlan plan,
            LookupPlan.Block block,
            boolean common,
            boolean[] once,
            List<Map<String, @Nullable Object>> rows) {
        var expected = plan.selection().storedColumns().stream()
                .filter(column -> once[column.view()] == common)
                .toList();
        assertThat(block.columns().views())
                .containsExactly(expected.stream()
                        .mapToInt(FeatureSelection.StoredColumn::view)
                        .toArray());
        assertThat(block.columns().slots())
                .containsExactly(expected.stream()
                        .mapToInt(FeatureSelection.StoredColumn::feature)
                        .toArray());
        assertThat(block.readsByView().length).isEqualTo(rows.size());
        for (int i = 0; i < rows.size(); i++) {
            for (int view = 0; view < once.length; view++) {
                int read = block.readsByView()[i][view];
                var address = once[view] == common
                        ? address(plan.selection().views().get(view), rows.get(i))
                        : Optional.<RowAddress>empty();
                assertThat(
                                read == LookupPlan.NO_READ
                                        ? Optional.empty()
                                        : Optional.of(plan.reads().get(read)))
                        .as("view %s of row %s", view, i)
                        .isEqualTo(address);
            }
        }
    }

    /** Rule A5: an explicit null finds nothing. */
    private static Optional<RowAddress> address(FeatureSelection.View view, Map<String, @Nullable Object> row) {
        RegisteredView read = view.view();
        var key = EntityKey.of(view.keyColumns().stream().map(row::get).toList());
        return key == null ? Optional.empty() : Optional.of(new RowAddress(read, key));
    }

    @Property(tries = 300)
    void whatIsMissingUnknownOrThereTwiceIsToldOfEveryRow(@ForAll long seed) {
        var random = new Random(seed);
        var selection = selection(random);
        var template = new LookupTemplate(selection);
        var needed = List.copyOf(template.names());
        if (needed.isEmpty()) {
            return;
        }
        String one = needed.get(random.nextInt(needed.size()));
        var row = row(random, needed);
        var wrong = new HashMap<>(row);
        int fault = random.nextInt(3);
        Optional<Map<String, @Nullable Object>> common = Optional.empty();
        switch (fault) {
            case 0 -> wrong.remove(one);
            case 1 -> wrong.put("nothing", "x");
            default -> {
                common = Optional.of(new HashMap<>(Map.of(one, type(one) == ScalarType.STRING ? "t" : 1L)));
                row.remove(one);
            }
        }
        var request = request(Optional.of(List.of(row, wrong, wrong)), common);

        assertThatThrownBy(() -> LookupPlanner.plan(template, request))
                .isInstanceOfSatisfying(AsofException.class, e -> {
                    String name = fault == 1 ? "nothing" : one;
                    assertThat(e.code())
                            .isEqualTo(List.of(ErrorCode.MISSING_KEY, ErrorCode.INVALID, ErrorCode.MALFORMED_REQUEST)
                                    .get(fault));
                    assertThat(e.violations())
                            .extracting(violation -> violation.path())
                            .containsExactlyInAnyOrder("entities[1]." + name, "entities[2]." + name);
                });
    }
}
