package dev.asof.online.row;

import dev.asof.online.PublishedKey;
import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.FeatureDefinition.Bucketing;
import dev.asof.registry.FeatureDefinition.ColumnFeature;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.Metadata;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.VersionState;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.SourceName;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import dev.asof.shared.ViewVersion;
import dev.asof.transform.window.Aggregate;
import dev.asof.transform.window.AggregateFunction;
import dev.asof.transform.window.AggregateInput;
import dev.asof.transform.window.KeyTiles;
import dev.asof.transform.window.QuantileBucket;
import dev.asof.transform.window.ShortText;
import dev.asof.transform.window.TileLevel;
import dev.asof.transform.window.TilePlan;
import dev.asof.transform.window.TileScheme;
import dev.asof.transform.window.TileScheme.Closed;
import dev.asof.transform.window.ValueHash;
import dev.asof.transform.window.Window;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Views with aggregates without a registry, and keys of theirs without a Postgres. By a STRING key {@code id}. */
public final class WindowedViews {

    /** What the rows of tests have, by name. */
    public static final Map<String, ScalarType> COLUMNS =
            Map.of("i", ScalarType.INT64, "f", ScalarType.FLOAT64, "s", ScalarType.STRING, "b", ScalarType.BOOLEAN);

    /** A row of a source. */
    public record Row(long event, long sequence, Map<String, Object> values) {}

    private final List<RegisteredView.Feature> features = new ArrayList<>();

    public WindowedViews column(String name, ScalarType type) {
        features.add(new RegisteredView.Feature(name, type, new ColumnFeature(name, name, Optional.empty())));
        return this;
    }

    public WindowedViews count(String name, Window window) {
        return add(name, AggregateFunction.COUNT, Optional.empty(), window, Optional.empty());
    }

    public WindowedViews of(String name, AggregateFunction function, String column, Window window) {
        return add(name, function, Optional.of(column), window, Optional.empty());
    }

    public WindowedViews by(
            String name, AggregateFunction function, Optional<String> column, Window window, String by, int maxKeys) {
        return add(name, function, column, window, Optional.of(new Bucketing(by, maxKeys)));
    }

    private WindowedViews add(
            String name, AggregateFunction function, Optional<String> column, Window window, Optional<Bucketing> by) {
        var input = column.map(COLUMNS::get);
        int size = function.isSized() ? 3 : 0;
        double quantile = function == AggregateFunction.APPROX_QUANTILE ? 0.9 : 0;
        var aggregate = new Aggregate(
                function,
                input,
                size,
                quantile,
                by.map(each -> new Aggregate.By(Objects.requireNonNull(COLUMNS.get(each.column())), each.maxKeys())));
        var definition = new AggregateFeature(
                name,
                function,
                column,
                Optional.empty(),
                Optional.empty(),
                window,
                size == 0 ? OptionalInt.empty() : OptionalInt.of(size),
                quantile == 0 ? OptionalDouble.empty() : OptionalDouble.of(quantile),
                by,
                Optional.empty());
        ValueType result = aggregate.resultType();
        if (by.isPresent()) {
            features.add(new RegisteredView.Feature(
                    name + AggregateFeature.KEYS,
                    ListType.of(aggregate.by().get().type()),
                    definition,
                    input));
            features.add(new RegisteredView.Feature(
                    name + AggregateFeature.VALUES, ListType.of((ScalarType) result), definition, input));
        } else {
            var type = window.steps() > 1 ? ListType.of((ScalarType) result) : result;
            features.add(new RegisteredView.Feature(name, type, definition, input));
        }
        return this;
    }

    public RegisteredView view(long id, String name) {
        var source = new SourceName("events");
        var viewName = new FeatureViewName(name);
        return new RegisteredView(
                id,
                new ViewVersion(viewName, 1),
                VersionState.READY,
                "hash" + id,
                1,
                false,
                List.of(new RegisteredView.Key("id", ScalarType.STRING, "id")),
                features,
                new FeatureViewDefinition(viewName, List.of(), source, Optional.empty(), List.of(), 1, Metadata.NONE),
                Instant.EPOCH);
    }

    /** What a row keeps for a view's aggregates. */
    public static @Nullable Object[] kept(ViewAggregates aggregates, Row row) {
        return aggregates.inputs().stream().map(input -> kept(input, row)).toArray();
    }

    private static @Nullable Object kept(AggregateInput input, Row row) {
        Object value = input.column().map(row.values()::get).orElse(null);
        if (input.form() == AggregateInput.Form.ADMITTED) {
            return true;
        }
        if (value == null) {
            return null;
        }
        return switch (input.form()) {
            case ADMITTED, PRESENT -> true;
            case VALUE -> value;
            case SHORT -> shortened(value);
            case SHORT_HASH -> ValueHash.of(shortened(value));
            case HASH -> ValueHash.of(value);
            case QUANTILE_BUCKET -> QuantileBucket.of(((Number) value).doubleValue());
        };
    }

    private static Object shortened(Object value) {
        return value instanceof String text ? ShortText.of(text) : value;
    }

    /** A key as it is published at an instant, in microseconds, from its rows up to then. */
    public static PublishedKey published(RegisteredView view, String id, long now, Collection<Row> rows) {
        var key = key(id);
        var newest = rows.stream()
                .max((a, b) -> a.event() == b.event()
                        ? Long.compare(a.sequence(), b.sequence())
                        : Long.compare(a.event(), b.event()))
                .map(row -> FeatureRow.of(
                        new Object[] {id},
                        Timestamps.ofMicros(row.event()),
                        row.sequence(),
                        view.rowFeatures().stream()
                                .map(feature -> row.values().get(feature.name()))
                                .toArray()));
        return new PublishedKey(key, newest, tiles(view, now, rows));
    }

    /** The finest tile alone that holds an instant, in microseconds. */
    public static PublishedKey patch(RegisteredView view, String id, long instant, Collection<Row> rows) {
        TileLevel finest = scheme(view).finest();
        var inTile = rows.stream()
                .filter(row -> finest.floor(row.event()) == finest.floor(instant))
                .toList();
        var whole = tiles(view, finest.floor(instant) + finest.micros() - 1, inTile);
        var tiles =
                whole.tiles().stream().filter(tile -> tile.level() == finest).toList();
        return new PublishedKey(
                key(id),
                published(view, id, instant, rows).newest(),
                new KeyTiles(whole.closed(), whole.newestEvent(), whole.newest(), tiles));
    }

    private static EntityKey key(String id) {
        return Objects.requireNonNull(EntityKey.of(List.of(id)));
    }

    private static TileScheme scheme(RegisteredView view) {
        return TileScheme.of(view.aggregates().orElseThrow().windows());
    }

    private static KeyTiles tiles(RegisteredView view, long now, Collection<Row> rows) {
        var aggregates = view.aggregates().orElseThrow();
        var tiles = TilePlan.of(
                        aggregates.tileCells(), new Closed(now, scheme(view).finest()))
                .newKey();
        for (var row : rows) {
            tiles.add(
                    row.event(),
                    (cell, state) -> aggregates.add(cell, state, kept(aggregates, row), row.event(), row.sequence()));
        }
        return tiles.build();
    }
}
