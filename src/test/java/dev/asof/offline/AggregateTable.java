package dev.asof.offline;

import dev.asof.postgres.RowCopier;
import dev.asof.registry.FeatureDefinition;
import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.FeatureDefinition.ColumnFeature;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.Metadata;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.VersionState;
import dev.asof.shared.BatchId;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.SourceName;
import dev.asof.shared.ValueType;
import dev.asof.shared.ViewVersion;
import dev.asof.support.TestStores;
import dev.asof.transform.window.AggregateFunction;
import dev.asof.transform.window.Window;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.flywaydb.core.Flyway;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Tables and functions of views with aggregates, without a registry and without sources. */
public final class AggregateTable implements AutoCloseable {

    private static final AtomicLong IDS = new AtomicLong(1);

    public final SingleConnectionDataSource dataSource;
    public final JdbcTemplate jdbc;
    final TransactionTemplate transaction;
    public final FeatureTables tables;

    /** A row to be stored, as it was accepted. */
    record Stored(FeatureRow row, long batch, Instant known) {}

    public AggregateTable() {
        var database = TestStores.newDatabase();
        Flyway.configure()
                .dataSource(database.jdbcUrl(), database.username(), database.password())
                .schemas("asof")
                .locations("filesystem:db/migration")
                .load()
                .migrate();
        dataSource = new SingleConnectionDataSource(database.jdbcUrl(), database.username(), database.password(), true);
        jdbc = new JdbcTemplate(dataSource);
        jdbc.execute("set timezone = 'UTC'");
        transaction = new TransactionTemplate(new JdbcTransactionManager(dataSource));
        tables = new PostgresFeatureTables(dataSource);
    }

    /** A view version with these features, and whatever Postgres has for it. */
    public RegisteredView create(
            List<RegisteredView.Key> keys, List<RegisteredView.Key> rowId, List<RegisteredView.Feature> features) {
        var view = view(keys, rowId, features);
        OfflineSchema.created(view).forEach(jdbc::execute);
        return view;
    }

    void drop(RegisteredView view) {
        OfflineSchema.dropped(view).forEach(jdbc::execute);
    }

    static RegisteredView view(
            List<RegisteredView.Key> keys, List<RegisteredView.Key> rowId, List<RegisteredView.Feature> features) {
        long id = IDS.getAndIncrement();
        var name = new FeatureViewName("v" + id);
        var definition = new FeatureViewDefinition(
                name,
                List.of(),
                new SourceName("events"),
                Optional.empty(),
                features.stream()
                        .map(RegisteredView.Feature::definition)
                        .distinct()
                        .toList(),
                1,
                Metadata.NONE);
        return new RegisteredView(
                id,
                new ViewVersion(name, 1),
                VersionState.READY,
                "hash" + id,
                1,
                false,
                keys,
                features,
                definition,
                Instant.EPOCH,
                rowId);
    }

    public static RegisteredView.Key key(String name, ScalarType type) {
        return new RegisteredView.Key(name, type, name);
    }

    static RegisteredView.Feature column(String name, ValueType type) {
        return new RegisteredView.Feature(name, type, new ColumnFeature(name, name, Optional.empty()));
    }

    /** An aggregate, of one column or none, as the reader makes it. */
    public record Aggregated(
            String name,
            AggregateFunction function,
            Optional<ScalarType> input,
            Optional<String> where,
            Window window,
            int size,
            double quantile,
            Optional<ScalarType> by,
            int maxKeys) {

        public static Aggregated of(String name, AggregateFunction function, ScalarType input, Window window) {
            return new Aggregated(
                    name, function, Optional.of(input), Optional.empty(), window, 0, 0, Optional.empty(), 0);
        }

        public static Aggregated count(String name, Window window) {
            return new Aggregated(
                    name,
                    AggregateFunction.COUNT,
                    Optional.empty(),
                    Optional.empty(),
                    window,
                    0,
                    0,
                    Optional.empty(),
                    0);
        }

        /** The columns are named by their types. */
        AggregateFeature definition() {
            return new AggregateFeature(
                    name,
                    function,
                    input.map(AggregateTable::columnName),
                    Optional.empty(),
                    where,
                    window,
                    size == 0 ? OptionalInt.empty() : OptionalInt.of(size),
                    function == AggregateFunction.APPROX_QUANTILE
                            ? OptionalDouble.of(quantile)
                            : OptionalDouble.empty(),
                    by.map(type -> new FeatureDefinition.Bucketing("by_" + columnName(type), maxKeys)),
                    Optional.empty());
        }
    }

    static String columnName(ScalarType type) {
        return "of_" + type.name().toLowerCase(java.util.Locale.ROOT);
    }

    void store(RegisteredView view, List<Stored> rows) {
        store(view, rows, _ -> {});
    }

    /** @param last what is done with the rows before the commit */
    void store(RegisteredView view, List<Stored> rows, Consumer<List<FeatureRow>> last) {
        transaction.executeWithoutResult(_ -> {
            var buffer = tables.buffer(view);
            rows.forEach(
                    stored -> tables.append(buffer, view, stored.row(), new BatchId(stored.batch()), stored.known()));
            jdbc.execute((java.sql.Connection connection) -> {
                RowCopier.copy(buffer, connection);
                return buffer.rows();
            });
            last.accept(rows.stream().map(Stored::row).toList());
        });
    }

    public static Window window(Duration length, Duration hop) {
        return Window.of(length.toNanos() / 1_000, hop.toNanos() / 1_000);
    }

    public static List<RegisteredView.Feature> features(
            List<RegisteredView.Feature> rowFeatures, List<Aggregated> aggregates) {
        var all = new ArrayList<>(rowFeatures);
        aggregates.forEach(aggregated -> all.addAll(features(aggregated)));
        return all;
    }

    private static List<RegisteredView.Feature> features(Aggregated aggregated) {
        var definition = aggregated.definition();
        ValueType result = resultType(aggregated);
        return aggregated
                .by()
                .map(type -> List.of(
                        new RegisteredView.Feature(
                                aggregated.name() + AggregateFeature.KEYS,
                                ListType.of(type),
                                definition,
                                aggregated.input()),
                        new RegisteredView.Feature(
                                aggregated.name() + AggregateFeature.VALUES,
                                ListType.of((ScalarType) result),
                                definition,
                                aggregated.input())))
                .orElseGet(() ->
                        List.of(new RegisteredView.Feature(aggregated.name(), result, definition, aggregated.input())));
    }

    private static ValueType resultType(Aggregated aggregated) {
        ValueType one = new dev.asof.transform.window.Aggregate(
                        aggregated.function(),
                        aggregated.input(),
                        aggregated.size(),
                        aggregated.quantile(),
                        Optional.empty())
                .resultType();
        return aggregated.window().steps() > 1 ? ListType.of((ScalarType) one) : one;
    }

    @Override
    public void close() throws SQLException {
        dataSource.destroy();
    }
}
