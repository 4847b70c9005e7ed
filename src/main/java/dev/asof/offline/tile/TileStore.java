package dev.asof.offline.tile;

import static dev.asof.postgres.Sql.quoted;

import dev.asof.offline.schema.StateColumn;
import dev.asof.offline.schema.TileStatements;
import dev.asof.postgres.ResultValues;
import dev.asof.postgres.RowBuffer;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import dev.asof.transform.window.AggregateState;
import dev.asof.transform.window.KeyTiles;
import dev.asof.transform.window.StateKind;
import dev.asof.transform.window.StateParts;
import dev.asof.transform.window.TileLevel;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Tiles of a view version as they stand in their table. */
public final class TileStore {

    /** What a tile says of its rows. */
    private static final int OF_ROWS = 6;

    private static final int BYTES_OF_NUMBERS = 32;
    private static final int BYTES_OF_LISTS = 16 << 10;

    private final RegisteredView view;
    private final ViewAggregates aggregates;
    private final List<StateKind> kinds;
    private final List<List<ValueType>> types;
    private final List<String> columns;

    public TileStore(RegisteredView view, ViewAggregates aggregates) {
        this.view = view;
        this.aggregates = aggregates;
        this.kinds = aggregates.cells().stream().map(ViewAggregates.Cell::kind).toList();
        this.types = kinds.stream()
                .map(kind ->
                        StateColumn.of(kind).stream().map(StateColumn::type).toList())
                .toList();
        var names = new ArrayList<String>();
        view.keys().forEach(key -> names.add(key.name()));
        names.addAll(TileStatements.columnsAfterKeys(aggregates));
        this.columns = List.copyOf(names);
    }

    /** An empty buffer for a table with the columns of the tiles'. */
    RowBuffer buffer(String table) {
        return new RowBuffer(table, columns);
    }

    void append(RowBuffer buffer, Place place, TileState tile) {
        buffer.startRow();
        var values = place.key().values();
        for (int i = 0; i < values.size(); i++) {
            buffer.value(view.keys().get(i).type(), values.get(i));
        }
        buffer.int16(place.level().ordinal()).timestamp(Timestamps.ofMicros(place.start()));
        if (tile.lastEvent == Long.MIN_VALUE) {
            buffer.nullValue().nullValue();
        } else {
            buffer.timestamp(Timestamps.ofMicros(tile.lastEvent)).timestamp(Timestamps.ofMicros(tile.lastKnown));
        }
        if (tile.batchMin > tile.batchMax) {
            buffer.nullValue().nullValue().nullValue().nullValue();
        } else {
            buffer.timestamp(Timestamps.ofMicros(tile.knownMin))
                    .timestamp(Timestamps.ofMicros(tile.knownMax))
                    .int64(tile.batchMin)
                    .int64(tile.batchMax);
        }
        for (int cell = 0; cell < kinds.size(); cell++) {
            append(buffer, cell, tile.cells[cell]);
        }
    }

    private void append(RowBuffer buffer, int cell, @Nullable AggregateState state) {
        var parts = state == null || state.isEmpty() ? null : StateParts.of(kinds.get(cell), state);
        var ofCell = types.get(cell);
        for (int i = 0; i < ofCell.size(); i++) {
            buffer.value(ofCell.get(i), parts == null ? null : parts[i]);
        }
    }

    /** The columns to select after those that say where a tile stands, in the order in which {@link #read} takes them. */
    String columns(String relation) {
        return selected(relation, columns.subList(view.keys().size() + 2, columns.size()))
                .collect(Collectors.joining(", "));
    }

    /** The columns to select of a relation, in the order in which {@link #readCounted} takes them. */
    public List<String> countedColumns(String relation) {
        var counted = new ArrayList<>(
                List.of(TileStatements.START, columns.get(view.keys().size() + 2)));
        counted.addAll(columns.subList(view.keys().size() + 2 + OF_ROWS, columns.size()));
        return selected(relation, counted).toList();
    }

    /** What a tile may take in memory. */
    public int mostBytes() {
        return kinds.stream()
                .mapToInt(kind -> kind.slots().isPresent() ? BYTES_OF_NUMBERS : BYTES_OF_LISTS)
                .sum();
    }

    private static Stream<String> selected(String relation, List<String> columns) {
        return columns.stream().map(column -> relation + "." + quoted(column));
    }

    /**
     * What the rows of a tile that count come to.
     *
     * @param column the first of {@link #countedColumns}, counted from 1
     */
    public KeyTiles.Tile readCounted(ResultSet result, int column, TileLevel level) throws SQLException {
        var cells = new @Nullable AggregateState[kinds.size()];
        readCells(result, column + 2, cells);
        return new KeyTiles.Tile(
                level,
                micros(result, column, Long.MIN_VALUE),
                micros(result, column + 1, KeyTiles.NO_EVENT),
                Arrays.asList(cells));
    }

    /** @param column the first of {@link #columns}, counted from 1 */
    TileState read(ResultSet result, int column) throws SQLException {
        var tile = new TileState(aggregates);
        tile.lastEvent = micros(result, column, Long.MIN_VALUE);
        tile.lastKnown = micros(result, column + 1, Long.MIN_VALUE);
        tile.knownMin = micros(result, column + 2, Long.MAX_VALUE);
        tile.knownMax = micros(result, column + 3, Long.MIN_VALUE);
        if (tile.knownMin <= tile.knownMax) {
            tile.batchMin = result.getLong(column + 4);
            tile.batchMax = result.getLong(column + 5);
        }
        readCells(result, column + OF_ROWS, tile.cells);
        return tile;
    }

    private void readCells(ResultSet result, int column, @Nullable AggregateState[] cells) throws SQLException {
        int next = column;
        for (int cell = 0; cell < kinds.size(); cell++) {
            var ofCell = types.get(cell);
            var parts = new @Nullable Object[ofCell.size()];
            for (int i = 0; i < parts.length; i++) {
                parts[i] = ResultValues.read(result, next++, ofCell.get(i));
            }
            if (parts[0] != null) {
                cells[cell] = StateParts.state(kinds.get(cell), parts);
            }
        }
    }

    private static long micros(ResultSet result, int column, long none) throws SQLException {
        return ResultValues.read(result, column, ScalarType.TIMESTAMP) instanceof Instant instant
                ? Timestamps.toMicros(instant)
                : none;
    }
}
