package dev.asof.online;

import dev.asof.registry.FeatureSelection;
import dev.asof.shared.EntityKey;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Suggestions;
import dev.asof.shared.ValueConversionException;
import dev.asof.shared.ValueConverter;
import dev.asof.shared.Violation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Makes the plan of one lookup: binds the keys of every row, and finds every problem there is with them. */
final class LookupPlanner {

    /** A column of the request that a view takes a key from. */
    private record KeyColumn(String name, ScalarType type) {}

    /** Marks a key that was not sent, as opposed to one sent as null. */
    private static final Object ABSENT = new Object();

    private final FeatureSelection selection;
    private final Map<String, @Nullable Object> common;
    private final List<Map<String, @Nullable Object>> rows;
    private final boolean hasCommon;
    private final boolean implicitRow;
    private final List<KeyColumn> keyColumns;
    private final Set<String> keyNames;
    private final int[][] keyPositions;
    private final boolean[] answeredOnce;
    private final Map<RowAddress, Integer> reads = new LinkedHashMap<>();
    private final LookupProblems problems = new LookupProblems();

    private LookupPlanner(FeatureSelection selection, LookupRequest request) {
        this.selection = selection;
        this.hasCommon = request.common().isPresent();
        this.common = request.common().orElse(Map.of());
        this.keyColumns = keyColumns(selection);
        this.keyNames = keyColumns.stream().map(KeyColumn::name).collect(Collectors.toSet());
        this.keyPositions = selection.views().stream().map(this::positions).toArray(int[][]::new);
        this.answeredOnce = new boolean[selection.views().size()];
        for (int i = 0; i < answeredOnce.length; i++) {
            answeredOnce[i] = hasCommon && common.keySet().containsAll(selection.views().get(i).keyColumns());
        }
        boolean allOnce = IntStream.range(0, answeredOnce.length).allMatch(i -> answeredOnce[i]);
        this.implicitRow = request.entities().isEmpty() && !(hasCommon && allOnce);
        this.rows = implicitRow ? List.of(Map.of()) : request.entities().orElse(List.of());
    }

    /** @throws dev.asof.shared.AsofException MALFORMED_REQUEST, MISSING_KEY or INVALID, with every violation */
    static LookupPlan plan(FeatureSelection selection, LookupRequest request) {
        return new LookupPlanner(selection, request).plan();
    }

    private LookupPlan plan() {
        var shared = new @Nullable Object[keyColumns.size()];
        Arrays.fill(shared, ABSENT);
        checkNames(common, "common");
        bind(common, "common", shared);
        var onceReads = hasCommon ? List.of(readsByView(shared, "common", true)) : List.<int[]>of();
        var rowReads = new ArrayList<int[]>(rows.size());
        for (int i = 0; i < rows.size(); i++) {
            rowReads.add(rowReads(rows.get(i), implicitRow ? "" : "entities[" + i + "]", shared));
        }
        problems.throwIfAny();
        return new LookupPlan(
                selection,
                List.copyOf(reads.keySet()),
                new LookupPlan.Block(columns(true), onceReads),
                new LookupPlan.Block(columns(false), rowReads));
    }

    private int[] rowReads(Map<String, @Nullable Object> row, String path, @Nullable Object[] shared) {
        checkNames(row, path);
        var bound = shared.clone();
        bind(row, path, bound);
        for (int i = 0; i < bound.length; i++) {
            if (bound[i] == ABSENT) {
                problems.missingKey(missing(keyColumns.get(i), path));
            }
        }
        return readsByView(bound, path, false);
    }

    private void checkNames(Map<String, @Nullable Object> row, String path) {
        for (String name : row.keySet()) {
            if (!keyNames.contains(name)) {
                problems.invalid(Violation.of(
                        at(path, name),
                        "unknown_column",
                        "No feature asked for has a join key '%s'; leave it out".formatted(name),
                        Suggestions.nearest(name, keyNames)));
            } else if (!path.equals("common") && common.containsKey(name)) {
                problems.malformed(Violation.of(
                        at(path, name),
                        "also_in_common",
                        "'%s' stands in common and in the row; send it in one place".formatted(name)));
            }
        }
    }

    private void bind(Map<String, @Nullable Object> row, String path, @Nullable Object[] bound) {
        for (int i = 0; i < bound.length; i++) {
            var column = keyColumns.get(i);
            if (row.containsKey(column.name())) {
                bound[i] = converted(row.get(column.name()), column, path).orElse(null);
            }
        }
    }

    private Optional<Object> converted(@Nullable Object raw, KeyColumn column, String path) {
        if (raw == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(ValueConverter.convert(raw, column.type(), ValueConverter.Options.STRICT));
        } catch (ValueConversionException e) {
            problems.invalid(Violation.of(
                    at(path, column.name()), e.rule(), "%s: %s".formatted(column.name(), e.explanation())));
            return Optional.empty();
        }
    }

    private int[] readsByView(@Nullable Object[] bound, String path, boolean once) {
        int[] positions = new int[keyPositions.length];
        Arrays.fill(positions, LookupPlan.NO_READ);
        for (int view = 0; view < positions.length; view++) {
            if (answeredOnce[view] == once) {
                positions[view] = read(view, bound, path);
            }
        }
        return positions;
    }

    private int read(int viewIndex, @Nullable Object[] bound, String path) {
        var view = selection.views().get(viewIndex);
        var values = new ArrayList<@Nullable Object>(view.keyColumns().size());
        for (int position : keyPositions[viewIndex]) {
            if (bound[position] == ABSENT) {
                return LookupPlan.NO_READ;
            }
            values.add(bound[position]);
        }
        var key = EntityKey.of(values);
        if (key == null) {
            return LookupPlan.NO_READ;
        }
        if (key.isTooLong()) {
            problems.invalid(tooLong(view, path));
        }
        return reads.computeIfAbsent(new RowAddress(view.view(), key), address -> reads.size());
    }

    private List<Integer> columns(boolean once) {
        return IntStream.range(0, selection.columns().size())
                .filter(i -> answeredOnce[selection.columns().get(i).viewIndex()] == once)
                .boxed()
                .toList();
    }

    private int[] positions(FeatureSelection.View view) {
        return IntStream.range(0, view.keyColumns().size())
                .map(i -> keyColumns.indexOf(keyColumn(view, i)))
                .toArray();
    }

    private static List<KeyColumn> keyColumns(FeatureSelection selection) {
        return selection.views().stream()
                .flatMap(view -> IntStream.range(0, view.keyColumns().size()).mapToObj(i -> keyColumn(view, i)))
                .distinct()
                .toList();
    }

    private static KeyColumn keyColumn(FeatureSelection.View view, int position) {
        return new KeyColumn(
                view.keyColumns().get(position), view.view().keys().get(position).type());
    }

    private static Violation missing(KeyColumn column, String path) {
        return Violation.of(
                at(path, column.name()),
                "missing_key",
                "The join key '%s' (%s) is missing; send null where there is none"
                        .formatted(column.name(), column.type()));
    }

    private static Violation tooLong(FeatureSelection.View view, String path) {
        String names = String.join(", ", view.keyColumns());
        return Violation.of(
                view.keyColumns().size() == 1 ? at(path, names) : path,
                "key_too_long",
                "The key (%s) is longer than %d bytes".formatted(names, EntityKey.MAX_BYTES));
    }

    private static String at(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
