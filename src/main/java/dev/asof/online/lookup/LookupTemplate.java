package dev.asof.online.lookup;

import static dev.asof.online.lookup.LookupPlan.COMPUTED;

import dev.asof.online.row.JsonBytes;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureSelection.Origin;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What all lookups of one selection of features have in common, worked out once. Immutable. */
final class LookupTemplate {

    /** A column of the request that a view takes a key from. */
    record KeyColumn(String name, ScalarType type) {}

    /** A value besides keys that the request brings. */
    record RequestValue(String name, ValueType type) {}

    private final FeatureSelection selection;
    private final List<KeyColumn> keyColumns;
    private final List<RequestValue> requestValues;
    private final Set<String> names;
    private final int[][] keyPositions;
    private final RowReader[] readers;
    private final List<AnsweredColumn> columns;
    private final OnDemandProgram onDemand;
    private final BitSet isRead;
    private final int[] slots;
    private final Once nothingOnce;
    private final LookupPlan.Columns allColumns;
    private final LookupPlan.Columns noColumns;
    private final byte[] head;

    LookupTemplate(FeatureSelection selection) {
        this.selection = selection;
        this.keyColumns = selection.views().stream()
                .flatMap(view -> IntStream.range(0, view.keyColumns().size()).mapToObj(i -> keyColumn(view, i)))
                .distinct()
                .toList();
        this.requestValues = selection.requestValues().entrySet().stream()
                .map(value -> new RequestValue(value.getKey(), value.getValue()))
                .toList();
        this.names = Stream.concat(
                        keyColumns.stream().map(KeyColumn::name),
                        requestValues.stream().map(RequestValue::name))
                .collect(Collectors.toCollection(LinkedHashSet::new));
        this.keyPositions = selection.views().stream().map(this::positions).toArray(int[][]::new);
        this.columns = AnsweredColumn.of(selection);
        var views = builders(selection.views());
        this.onDemand = OnDemandProgram.of(selection, views);
        this.slots = columns.stream().mapToInt(column -> slot(column, views)).toArray();
        var built = new HashMap<RowReader.Builder, RowReader>();
        this.readers = views.stream()
                .map(view -> built.computeIfAbsent(view, RowReader.Builder::build))
                .toArray(RowReader[]::new);
        this.isRead = onDemand.viewsRead();
        columns.stream()
                .mapToInt(LookupTemplate::view)
                .filter(view -> view != COMPUTED)
                .forEach(isRead::set);
        this.nothingOnce = new Once(new boolean[readers.length], new boolean[onDemand.cells()]);
        this.allColumns = columns(nothingOnce, false);
        this.noColumns = columns(nothingOnce, true);
        this.head = selection
                .service()
                .map(service -> new JsonBytes(64).raw(JsonBytes.ascii("{\"feature_service\":\"" + service + "\",")))
                .orElseGet(() -> new JsonBytes(1).raw('{'))
                .toBytes();
    }

    /** One for each view version, whatever roles it is in: two roles may have the same key, which is read once. */
    private static List<RowReader.Builder> builders(List<FeatureSelection.View> views) {
        var byVersion = new HashMap<Long, RowReader.Builder>();
        return views.stream()
                .map(view -> byVersion.computeIfAbsent(view.view().id(), _ -> new RowReader.Builder(view.view())))
                .toList();
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

    /** The values besides keys that a request must bring. */
    List<RequestValue> requestValues() {
        return requestValues;
    }

    /** The names of keys and of values that a request must bring, in order of first use. */
    Set<String> names() {
        return names;
    }

    /** What is computed of what was read. */
    OnDemandProgram onDemand() {
        return onDemand;
    }

    /** Whether anything of a view is answered or computed with. */
    boolean isRead(int view) {
        return isRead.get(view);
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
     * What depends on nothing but what all rows share.
     *
     * @param shared the names that stand in {@code common}
     */
    Once once(Set<String> shared) {
        boolean[] views = new boolean[readers.length];
        var readOnce = new BitSet();
        for (int i = 0; i < views.length; i++) {
            views[i] = shared.containsAll(selection.views().get(i).keyColumns());
            readOnce.set(i, views[i]);
        }
        if (onDemand.isEmpty()) {
            return new Once(views, new boolean[0]);
        }
        var sentOnce = new BitSet();
        for (int i = 0; i < requestValues.size(); i++) {
            sentOnce.set(i, shared.contains(requestValues.get(i).name()));
        }
        return new Once(views, onDemand.dependOnlyOn(readOnce, sentOnce));
    }

    /** Nothing, of a request without {@code common}. */
    Once nothingOnce() {
        return nothingOnce;
    }

    /** The columns answered for each row, or those answered once. */
    LookupPlan.Columns columns(boolean once, Once answeredOnce) {
        if (answeredOnce.isNothing()) {
            return once ? noColumns : allColumns;
        }
        return columns(answeredOnce, once);
    }

    private LookupPlan.Columns columns(Once answeredOnce, boolean once) {
        int[] chosen = IntStream.range(0, columns.size())
                .filter(i -> isAnsweredOnce(columns.get(i), answeredOnce) == once)
                .toArray();
        var answered = Arrays.stream(chosen).mapToObj(columns::get).toList();
        return new LookupPlan.Columns(
                answered,
                answered.stream().mapToInt(LookupTemplate::view).toArray(),
                Arrays.stream(chosen).map(i -> slots[i]).toArray(),
                answered.stream().mapToInt(this::countedAs).toArray(),
                json(answered.stream().map(AnsweredColumn::name).toList()),
                json(answered.stream().map(AnsweredColumn::feature).toList()));
    }

    private int slot(AnsweredColumn column, List<RowReader.Builder> views) {
        return switch (column.origin()) {
            case Origin.Stored(int view, int feature) -> views.get(view).row(feature);
            case Origin.Aggregated(int view, int feature) ->
                views.get(view).aggregate(feature, column.keys().isPresent());
            case Origin.Computed computed -> onDemand.cell(computed);
        };
    }

    private boolean isAnsweredOnce(AnsweredColumn column, Once once) {
        return switch (column.origin()) {
            case Origin.OfView from -> once.views()[from.view()];
            case Origin.Computed computed -> once.cells()[onDemand.cell(computed)];
        };
    }

    private static int view(AnsweredColumn column) {
        return switch (column.origin()) {
            case Origin.OfView from -> from.view();
            case Origin.Computed _ -> COMPUTED;
        };
    }

    private int countedAs(AnsweredColumn column) {
        return switch (column.origin()) {
            case Origin.OfView from -> from.view();
            case Origin.Computed computed -> selection.views().size() + computed.onDemand();
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
