package dev.asof.online.lookup;

import dev.asof.online.row.JsonBytes;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureSelection.Origin;
import dev.asof.shared.ScalarType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What all lookups of one selection of features have in common, worked out once. Immutable. */
final class LookupTemplate {

    /** A column of the request that a view takes a key from. */
    record KeyColumn(String name, ScalarType type) {}

    private final FeatureSelection selection;
    private final List<KeyColumn> keyColumns;
    private final Map<String, int[]> positionsByName;
    private final int[][] keyPositions;
    private final RowReader[] readers;
    private final List<AnsweredColumn> columns;
    private final int[] slots;
    private final LookupPlan.Columns allColumns;
    private final LookupPlan.Columns noColumns;
    private final byte[] head;

    LookupTemplate(FeatureSelection selection) {
        this.selection = selection;
        this.keyColumns = selection.views().stream()
                .flatMap(view -> IntStream.range(0, view.keyColumns().size()).mapToObj(i -> keyColumn(view, i)))
                .distinct()
                .toList();
        this.positionsByName = IntStream.range(0, keyColumns.size())
                .boxed()
                .collect(Collectors.groupingBy(
                        i -> keyColumns.get(i).name(),
                        LinkedHashMap::new,
                        Collectors.collectingAndThen(
                                Collectors.toList(),
                                positions -> positions.stream().mapToInt(i -> i).toArray())));
        this.keyPositions = selection.views().stream().map(this::positions).toArray(int[][]::new);
        this.columns = AnsweredColumn.of(selection);
        var views = selection.views().stream()
                .map(view -> new RowReader.Builder(view.view()))
                .toList();
        this.slots = columns.stream().mapToInt(column -> slot(column, views)).toArray();
        this.readers = views.stream().map(RowReader.Builder::build).toArray(RowReader[]::new);
        boolean[] none = new boolean[readers.length];
        this.allColumns = columns(none, false);
        this.noColumns = columns(none, true);
        this.head = selection
                .service()
                .map(service -> new JsonBytes(64).raw(JsonBytes.ascii("{\"feature_service\":\"" + service + "\",")))
                .orElseGet(() -> new JsonBytes(1).raw('{'))
                .toBytes();
    }

    private static KeyColumn keyColumn(FeatureSelection.View view, int position) {
        return new KeyColumn(
                view.keyColumns().get(position),
                view.view().keys().get(position).type());
    }

    private int[] positions(FeatureSelection.View view) {
        return IntStream.range(0, view.keyColumns().size())
                .map(i -> keyColumns.indexOf(keyColumn(view, i)))
                .toArray();
    }

    FeatureSelection selection() {
        return selection;
    }

    /** Every request column that a key comes from, once for each type it is read as. */
    List<KeyColumn> keyColumns() {
        return keyColumns;
    }

    /** The names of request columns, in order of first use, with their positions in {@link #keyColumns()}. */
    Map<String, int[]> positionsByName() {
        return positionsByName;
    }

    /** For each key of a view the position in {@link #keyColumns()}. */
    int[] keyPositions(int view) {
        return keyPositions[view];
    }

    /** The columns as they are answered. */
    List<AnsweredColumn> columns() {
        return columns;
    }

    /** What reads the keys of a view. */
    RowReader reader(int view) {
        return readers[view];
    }

    /** How every answer begins. */
    byte[] head() {
        return head;
    }

    /**
     * The columns answered for each row, or those answered once.
     *
     * @param answeredOnce for each view whether its columns are answered once
     */
    LookupPlan.Columns columns(boolean once, boolean[] answeredOnce) {
        for (boolean any : answeredOnce) {
            if (any) {
                return columns(answeredOnce, once);
            }
        }
        return once ? noColumns : allColumns;
    }

    private LookupPlan.Columns columns(boolean[] answeredOnce, boolean once) {
        int[] chosen = IntStream.range(0, columns.size())
                .filter(i -> isAnsweredOnce(columns.get(i), answeredOnce) == once)
                .toArray();
        var answered = Arrays.stream(chosen).mapToObj(columns::get).toList();
        return new LookupPlan.Columns(
                answered,
                answered.stream().mapToInt(LookupTemplate::view).toArray(),
                Arrays.stream(chosen).map(i -> slots[i]).toArray(),
                json(answered.stream().map(AnsweredColumn::name).toList()),
                json(answered.stream().map(AnsweredColumn::feature).toList()));
    }

    private static int slot(AnsweredColumn column, List<RowReader.Builder> views) {
        return switch (column.origin()) {
            case Origin.Stored(int view, int feature) -> views.get(view).row(feature);
            case Origin.Computed _ -> throw new UnsupportedOperationException("on-demand");
            case Origin.Aggregated(int view, int feature) ->
                views.get(view).aggregate(feature, column.keys().isPresent());
        };
    }

    private static boolean isAnsweredOnce(AnsweredColumn column, boolean[] views) {
        return views[view(column)];
    }

    private static int view(AnsweredColumn column) {
        return switch (column.origin()) {
            case Origin.OfView from -> from.view();
            case Origin.Computed _ -> throw new UnsupportedOperationException("on-demand");
        };
    }

    /** Names need no escapes. */
    private static byte[] json(List<String> names) {
        return names.stream()
                .map(name -> '"' + name + '"')
                .collect(Collectors.joining(",", "\"columns\":[", "]"))
                .getBytes(StandardCharsets.US_ASCII);
    }
}
