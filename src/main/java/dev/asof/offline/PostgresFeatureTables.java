package dev.asof.offline;

import static dev.asof.postgres.Sql.quoted;

import dev.asof.offline.schema.OfflineNames;
import dev.asof.postgres.RowBuffer;
import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.BatchId;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.ValueType;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.stereotype.Component;

/** Feature tables in Postgres, in the layout of {@link OfflineNames}. */
@Component
class PostgresFeatureTables implements FeatureTables {

    private static final int FETCH_SIZE = 2_000;

    private final NamedParameterJdbcTemplate jdbc;
    private final Map<Long, Layout> layouts = new ConcurrentHashMap<>();

    /** The types of a row's values, by the id of the view version: too dear to find out for each row. */
    private record Layout(List<ValueType> keys, List<ValueType> features, List<ValueType> kept) {

        static Layout of(RegisteredView view) {
            return new Layout(
                    view.keys().stream()
                            .<ValueType>map(RegisteredView.Key::type)
                            .toList(),
                    view.rowFeatures().stream()
                            .map(RegisteredView.Feature::type)
                            .toList(),
                    view.aggregates()
                            .map(ViewAggregates::columnTypes)
                            .<List<ValueType>>map(List::copyOf)
                            .orElse(List.of()));
        }
    }

    PostgresFeatureTables(DataSource dataSource) {
        var template = new JdbcTemplate(dataSource);
        template.setFetchSize(FETCH_SIZE);
        this.jdbc = new NamedParameterJdbcTemplate(template);
    }

    @Override
    public RowBuffer buffer(RegisteredView view) {
        var columns = new ArrayList<String>();
        view.keys().forEach(key -> columns.add(key.name()));
        columns.addAll(OfflineNames.FEATURE_SYSTEM_COLUMNS);
        view.rowFeatures().forEach(feature -> columns.add(feature.name()));
        view.aggregates().ifPresent(aggregates -> columns.addAll(OfflineNames.keptColumns(aggregates)));
        return new RowBuffer(OfflineNames.featureTable(view), columns);
    }

    @Override
    public void append(RowBuffer buffer, RegisteredView view, FeatureRow row, BatchId batch, Instant knownTimestamp) {
        buffer.startRow();
        var layout = layouts.computeIfAbsent(view.id(), _ -> Layout.of(view));
        append(buffer, layout.keys(), row.keys());
        buffer.timestamp(row.eventTimestamp())
                .int64(row.rowSequence())
                .int64(batch.value())
                .timestamp(knownTimestamp)
                .bool(row.deleted());
        appendFailures(buffer, row.failed());
        append(buffer, layout.features(), row.values());
        append(buffer, layout.kept(), row.kept());
    }

    private static void append(RowBuffer buffer, List<ValueType> types, @Nullable Object[] values) {
        for (int i = 0; i < values.length; i++) {
            buffer.value(types.get(i), values[i]);
        }
    }

    private static void appendFailures(RowBuffer buffer, int[] failed) {
        if (failed.length == 0) {
            buffer.nullValue();
        } else {
            buffer.shortArray(failed);
        }
    }

    @Override
    public void newestRows(
            RegisteredView view, Instant asOf, Optional<FeatureRow> after, int limit, Consumer<FeatureRow> rows) {
        var parameters = new HashMap<String, Object>();
        parameters.put("as_of", timestamp(asOf));
        parameters.put("limit", limit);
        String behind = after.map(row -> behind(view, row.keys(), parameters)).orElse("");
        newestRows(view, "event_timestamp <= :as_of" + hasKey(view) + behind, "limit :limit", parameters, rows);
    }

    private static String behind(RegisteredView view, Object[] key, Map<String, Object> parameters) {
        var names = new ArrayList<String>();
        var values = new ArrayList<String>();
        for (int i = 0; i < view.keys().size(); i++) {
            names.add(quoted(view.keys().get(i).name()));
            values.add(":key_" + i);
            Object value = key[i];
            parameters.put("key_" + i, value instanceof Instant instant ? timestamp(instant) : value);
        }
        return " and (%s) > (%s)".formatted(Sql.commaSeparated(names), Sql.commaSeparated(values));
    }

    @Override
    public void newestRows(
            RegisteredView view,
            Collection<BatchId> batches,
            Optional<Instant> after,
            Instant asOf,
            Consumer<FeatureRow> rows) {
        var parameters = BatchFilter.parameters(batches);
        parameters.put("as_of", timestamp(asOf));
        String lowerBound = after.map(bound -> {
                    parameters.put("after", timestamp(bound));
                    return " and event_timestamp > :after";
                })
                .orElse("");
        String condition = BatchFilter.CONDITION + " and event_timestamp <= :as_of" + hasKey(view) + lowerBound;
        newestRows(view, condition, "", parameters, rows);
    }

    /** Only with a row id are there rows without a key. */
    private static String hasKey(RegisteredView view) {
        return view.rowId().isEmpty()
                ? ""
                : view.keys().stream()
                        .map(key -> " and %s is not null".formatted(quoted(key.name())))
                        .collect(Collectors.joining());
    }

    private void newestRows(
            RegisteredView view,
            String condition,
            String limit,
            Map<String, Object> parameters,
            Consumer<FeatureRow> rows) {
        List<String> keys = view.keys().stream().map(key -> quoted(key.name())).toList();
        var order = new ArrayList<String>(keys);
        order.addAll(List.of("event_timestamp desc", "row_sequence desc"));
        String newest = keys.isEmpty() ? "limit 1" : limit;
        String distinct = keys.isEmpty() ? "" : "distinct on (%s) ".formatted(Sql.commaSeparated(keys));
        var reader = FeatureRows.of(view);
        String sql = "select %s%s from %s where %s order by %s %s"
                .formatted(
                        distinct,
                        Sql.commaSeparated(reader.columns()),
                        OfflineNames.featureTable(view),
                        condition,
                        Sql.commaSeparated(order),
                        newest);
        jdbc.query(sql, parameters, result -> {
            rows.accept(reader.read(result, 1));
        });
    }

    @Override
    public void analyze(RegisteredView view) {
        jdbc.getJdbcTemplate().execute("analyze " + OfflineNames.featureTable(view));
    }

    private static OffsetDateTime timestamp(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
