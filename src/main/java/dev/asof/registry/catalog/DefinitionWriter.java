package dev.asof.registry.catalog;

import dev.asof.registry.Definition;
import dev.asof.registry.EntityDefinition;
import dev.asof.registry.Expectation;
import dev.asof.registry.FeatureDefinition;
import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.FeatureDefinition.ColumnFeature;
import dev.asof.registry.FeatureDefinition.ExpressionFeature;
import dev.asof.registry.FeatureServiceDefinition;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.Metadata;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.SourceColumn;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.TableOrigin;
import dev.asof.registry.TrainingDefaults;
import dev.asof.shared.Durations;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** Writes definitions as a user would, defaults left out; {@code BundleReader} reads an equal definition back. */
public final class DefinitionWriter {

    private static final DumpSettings YAML = DumpSettings.builder()
            .setSchema(new CoreSchema())
            .setDefaultFlowStyle(FlowStyle.BLOCK)
            .setDereferenceAliases(true)
            .setSplitLines(false)
            .build();

    private DefinitionWriter() {}

    /** Ordered; of strings, numbers, booleans, nulls, lists and maps alone. */
    public static Map<String, Object> toMap(Definition definition) {
        var map = new LinkedHashMap<String, Object>();
        map.put("kind", definition.kind().yamlName());
        map.put("name", definition.id());
        switch (definition) {
            case EntityDefinition entity -> putEntity(map, entity);
            case SourceDefinition source -> putSource(map, source);
            case FeatureViewDefinition view -> putView(map, view);
            case OnDemandViewDefinition view -> putOnDemandView(map, view);
            case FeatureServiceDefinition service -> putService(map, service);
        }
        Metadata metadata = definition.metadata();
        put(map, "description", metadata.description());
        put(map, "owner", metadata.owner());
        putUnlessEmpty(map, "tags", metadata.tags());
        return map;
    }

    public static String toYaml(Definition definition) {
        return new Dump(YAML).dumpToString(toMap(definition));
    }

    private static void putEntity(Map<String, Object> map, EntityDefinition entity) {
        map.put(
                "keys",
                entity.keys().stream()
                        .map(key ->
                                ordered("name", key.name(), "type", key.type().typeName()))
                        .toList());
    }

    private static void putSource(Map<String, Object> map, SourceDefinition source) {
        map.put("type", type(source));
        source.table().ifPresent(table -> putTable(map, table));
        map.put(
                "columns",
                source.columns().stream().map(DefinitionWriter::column).toList());
        map.put("event_timestamp", source.eventTimestamp());
        put(map, "known_timestamp", source.knownTimestamp());
        put(map, "known_after", source.knownAfter().map(Durations::format));
        put(map, "tombstone", source.tombstone());
        putUnlessEmpty(map, "row_id", source.rowId());
        putUnlessEmpty(map, "null_tokens", source.nullTokens());
        putUnlessEmpty(
                map,
                "expectations",
                source.expectations().stream()
                        .map(DefinitionWriter::expectation)
                        .toList());
        if (source.maxInvalidRatio() != SourceDefinition.DEFAULT_MAX_INVALID_RATIO) {
            map.put("max_invalid_ratio", source.maxInvalidRatio());
        }
        Duration skew = source.maxFutureSkew();
        put(
                map,
                "max_future_skew",
                unless(skew, SourceDefinition.DEFAULT_MAX_FUTURE_SKEW).map(Durations::format));
    }

    public static String type(SourceDefinition source) {
        return source.table().isPresent() ? "table" : "push";
    }

    private static void putTable(Map<String, Object> map, TableOrigin table) {
        switch (table.relation()) {
            case TableOrigin.Table named -> map.put("table", named.toString());
            case TableOrigin.Query query -> map.put("query", query.sql());
        }
        map.put("read", table.read().toString());
        put(map, "schedule", table.schedule());
        put(map, "connection", table.connection());
    }

    private static Map<String, Object> column(SourceColumn column) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("name", column.name());
        putType(map, column.type());
        put(map, "required", unless(column.required(), false));
        put(map, "time_zone", column.timeZone().map(Object::toString));
        put(map, "at", unless(column.endOfDay(), false).map(end -> "end_of_day"));
        put(map, "non_finite", unless(column.nonFinite(), false));
        put(map, "description", column.description());
        return map;
    }

    private static Map<String, Object> expectation(Expectation expectation) {
        return switch (expectation) {
            case Expectation.Between between -> {
                var bounds = new ArrayList<@Nullable Object>();
                bounds.add(between.min().map(DefinitionWriter::value).orElse(null));
                bounds.add(between.max().map(DefinitionWriter::value).orElse(null));
                yield ordered("column", between.column(), "between", bounds);
            }
            case Expectation.In in ->
                ordered(
                        "column",
                        in.column(),
                        "in",
                        in.values().stream().map(DefinitionWriter::value).toList());
            case Expectation.Matches matches -> ordered("column", matches.column(), "matches", matches.pattern());
            case Expectation.Unique unique -> Map.of("unique", unique.columns());
        };
    }

    private static Object value(Object value) {
        return value instanceof Instant instant ? Timestamps.format(instant) : value;
    }

    private static void putView(Map<String, Object> map, FeatureViewDefinition view) {
        map.put(
                "entities",
                view.entities().stream().map(DefinitionWriter::entity).toList());
        map.put("source", view.source().value());
        put(map, "ttl", view.ttl().map(Durations::format));
        put(map, "revision", unless(view.revision(), 1));
        map.put(
                "features",
                view.features().stream().map(DefinitionWriter::feature).toList());
    }

    private static Object entity(FeatureViewDefinition.ViewEntity entity) {
        String name = entity.entity().value();
        return entity.keys().isEmpty() ? name : ordered("name", name, "keys", new TreeMap<>(entity.keys()));
    }

    private static Map<String, Object> feature(FeatureDefinition feature) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("name", feature.name());
        switch (feature) {
            case ColumnFeature column -> map.put("column", column.column());
            case ExpressionFeature expression -> {
                map.put("expression", expression.expression());
                expression.type().ifPresent(type -> putType(map, type));
            }
            case AggregateFeature aggregate -> putAggregate(map, aggregate);
        }
        put(map, "description", feature.description());
        return map;
    }

    /** The hop is always told: another default later is no other meaning. */
    private static void putAggregate(Map<String, Object> map, AggregateFeature aggregate) {
        map.put("aggregate", aggregate.function().text());
        put(map, "column", aggregate.column());
        put(map, "expression", aggregate.expression());
        put(map, "where", aggregate.where());
        var window = aggregate.window();
        if (window.isUnbounded()) {
            map.put("window", AggregateFeature.UNBOUNDED);
        } else if (window.steps() == 1) {
            map.put("window", duration(window.length()));
        } else {
            map.put("series", ordered("step", duration(window.length() / window.steps()), "count", window.steps()));
        }
        if (window.offset() != 0) {
            map.put("offset", duration(window.offset()));
        }
        if (!window.isUnbounded()) {
            map.put("hop", duration(window.hop()));
        }
        aggregate.size().ifPresent(n -> map.put("n", n));
        aggregate.quantile().ifPresent(quantile -> map.put("quantile", quantile));
        aggregate.by().ifPresent(by -> {
            map.put("by", by.column());
            map.put("max_keys", by.maxKeys());
        });
    }

    private static String duration(long micros) {
        return Durations.format(Duration.of(micros, ChronoUnit.MICROS));
    }

    private static void putOnDemandView(Map<String, Object> map, OnDemandViewDefinition view) {
        putUnlessEmpty(
                map,
                "inputs",
                view.inputs().stream().map(DefinitionWriter::item).toList());
        putUnlessEmpty(
                map,
                "request",
                view.request().stream().map(DefinitionWriter::requestValue).toList());
        map.put(
                "features",
                view.features().stream().map(DefinitionWriter::feature).toList());
    }

    private static Map<String, Object> requestValue(OnDemandViewDefinition.RequestValue value) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("name", value.name());
        putType(map, value.type());
        put(map, "description", value.description());
        return map;
    }

    private static void putService(Map<String, Object> map, FeatureServiceDefinition service) {
        map.put(
                "features",
                service.features().stream().map(DefinitionWriter::item).toList());
        TrainingDefaults training = service.training();
        if (!training.equals(TrainingDefaults.NONE)) {
            map.put(
                    "training",
                    ordered(
                            "strict",
                            training.strict(),
                            "known",
                            training.known().text()));
        }
    }

    private static Object item(FeatureServiceDefinition.Item item) {
        String view = item.view()
                + (item.version().isPresent() ? "@v" + item.version().getAsInt() : "");
        if (item.role().isEmpty() && item.keys().isEmpty() && item.features().size() <= 1) {
            return view + ":"
                    + (item.features().isEmpty() ? "*" : item.features().getFirst());
        }
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("view", view);
        put(map, "as", item.role());
        putUnlessEmpty(map, "keys", new TreeMap<>(item.keys()));
        putUnlessEmpty(map, "features", item.features());
        return map;
    }

    private static void putType(Map<String, Object> map, ValueType type) {
        map.put("type", type.typeName());
        switch (type) {
            case ListType list -> list.length().ifPresent(length -> map.put("length", length));
            case ScalarType scalar -> {
                // a scalar has no length
            }
        }
    }

    private static <T> Optional<T> unless(T value, T usual) {
        return value.equals(usual) ? Optional.empty() : Optional.of(value);
    }

    private static void put(Map<String, Object> map, String field, Optional<?> value) {
        value.ifPresent(present -> map.put(field, present));
    }

    private static void putUnlessEmpty(Map<String, Object> map, String field, Collection<?> values) {
        if (!values.isEmpty()) {
            map.put(field, values);
        }
    }

    private static void putUnlessEmpty(Map<String, Object> map, String field, Map<?, ?> values) {
        if (!values.isEmpty()) {
            map.put(field, values);
        }
    }

    private static Map<String, Object> ordered(String first, Object firstValue, String second, Object secondValue) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put(first, firstValue);
        map.put(second, secondValue);
        return map;
    }
}
