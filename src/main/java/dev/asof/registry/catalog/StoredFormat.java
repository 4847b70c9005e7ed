package dev.asof.registry.catalog;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.asof.registry.Definition;
import dev.asof.registry.EntityDefinition;
import dev.asof.registry.Expectation;
import dev.asof.registry.FeatureDefinition;
import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.FeatureDefinition.Bucketing;
import dev.asof.registry.FeatureDefinition.ColumnFeature;
import dev.asof.registry.FeatureDefinition.ExpressionFeature;
import dev.asof.registry.FeatureServiceDefinition;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.SourceColumn;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.TableOrigin;
import dev.asof.shared.Durations;
import dev.asof.shared.ListType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * How definitions are kept in Postgres: apart from how users write them, so that whatever becomes of that, the rows
 * there are mean what they meant. A server writes the newest format it knows and reads every one there was.
 *
 * <p>In every format, {@code source} beside {@code kind} and {@code name} names the source from whose rows a version is
 * computed: a server that can't read the rest knows by it which batches it must not take.
 */
public final class StoredFormat {

    public static final int NEWEST = 1;

    /** Strict, as a field that isn't known here was written by a server that knows more. */
    static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .changeDefaultPropertyInclusion(inclusion -> inclusion.withValueInclusion(JsonInclude.Include.NON_NULL))
            .enable(
                    DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                    DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private StoredFormat() {}

    public static Json write(Definition definition) {
        return new Json(JSON.writeValueAsString(
                switch (definition) {
                    case EntityDefinition entity -> entity(entity);
                    case SourceDefinition source -> source(source);
                    case FeatureViewDefinition view -> view(view);
                    case OnDemandViewDefinition view -> onDemandView(view);
                    case FeatureServiceDefinition service -> service(service);
                }));
    }

    private static StoredSpec.Entity entity(EntityDefinition entity) {
        return new StoredSpec.Entity(
                entity.kind().yamlName(),
                entity.id(),
                entity.keys().stream()
                        .map(key -> new StoredSpec.Key(key.name(), key.type().typeName()))
                        .toList(),
                description(entity),
                owner(entity),
                tags(entity));
    }

    private static StoredSpec.Source source(SourceDefinition source) {
        var table = source.table();
        return new StoredSpec.Source(
                source.kind().yamlName(),
                source.id(),
                table.isPresent() ? "table" : "push",
                table.map(TableOrigin::relation)
                        .map(relation -> relation instanceof TableOrigin.Table named ? named.toString() : null)
                        .orElse(null),
                table.map(TableOrigin::relation)
                        .map(relation -> relation instanceof TableOrigin.Query query ? query.sql() : null)
                        .orElse(null),
                table.map(origin -> origin.read().toString()).orElse(null),
                table.flatMap(TableOrigin::schedule).orElse(null),
                table.flatMap(TableOrigin::connection).orElse(null),
                source.columns().stream().map(StoredFormat::column).toList(),
                source.eventTimestamp(),
                source.knownTimestamp().orElse(null),
                source.knownAfter().map(Durations::format).orElse(null),
                source.tombstone().orElse(null),
                unlessEmpty(source.rowId()),
                unlessEmpty(source.nullTokens()),
                unlessEmpty(
                        source.expectations().stream().map(StoredFormat::check).toList()),
                source.maxInvalidRatio(),
                Durations.format(source.maxFutureSkew()),
                description(source),
                owner(source),
                tags(source));
    }

    private static StoredSpec.Column column(SourceColumn column) {
        return new StoredSpec.Column(
                column.name(),
                column.type().typeName(),
                length(column.type()),
                column.required() ? true : null,
                column.timeZone().map(Object::toString).orElse(null),
                column.endOfDay() ? "end_of_day" : null,
                column.nonFinite() ? true : null,
                column.description().orElse(null));
    }

    private static StoredSpec.Check check(Expectation expectation) {
        return switch (expectation) {
            case Expectation.Between between ->
                new StoredSpec.Check(between.column(), nodes(between.min(), between.max()), null, null, null);
            case Expectation.In in ->
                new StoredSpec.Check(
                        in.column(),
                        null,
                        in.values().stream()
                                .map(value -> node(Optional.of(value)))
                                .toList(),
                        null,
                        null);
            case Expectation.Matches matches ->
                new StoredSpec.Check(matches.column(), null, null, matches.pattern(), null);
            case Expectation.Unique unique -> new StoredSpec.Check(null, null, null, null, unique.columns());
        };
    }

    private static List<JsonNode> nodes(Optional<Object> min, Optional<Object> max) {
        return List.of(node(min), node(max));
    }

    private static JsonNode node(Optional<Object> value) {
        Object written = value.<Object>map(it -> it instanceof Instant instant ? Timestamps.format(instant) : it)
                .orElse(null);
        return written == null ? JSON.getNodeFactory().nullNode() : JSON.valueToTree(written);
    }

    private static StoredSpec.View view(FeatureViewDefinition view) {
        var entities = new ArrayList<JsonNode>();
        view.entities()
                .forEach(entity -> entities.add(JSON.valueToTree(
                        new StoredSpec.ViewEntity(entity.entity().value(), unlessEmpty(entity.keys())))));
        return new StoredSpec.View(
                view.kind().yamlName(),
                view.id(),
                entities,
                view.source().value(),
                view.ttl().map(Durations::format).orElse(null),
                view.revision(),
                view.features().stream().map(StoredFormat::feature).toList(),
                description(view),
                owner(view),
                tags(view));
    }

    private static StoredSpec.Feature feature(FeatureDefinition feature) {
        String description = feature.description().orElse(null);
        return switch (feature) {
            case ColumnFeature column ->
                new StoredSpec.Feature(column.name(), column.column(), null, null, null, description, null);
            case ExpressionFeature expression ->
                new StoredSpec.Feature(
                        expression.name(),
                        null,
                        expression.expression(),
                        expression.type().map(ValueType::typeName).orElse(null),
                        expression.type().map(StoredFormat::length).orElse(null),
                        description,
                        null);
            case AggregateFeature aggregate ->
                new StoredSpec.Feature(aggregate.name(), null, null, null, null, description, aggregate(aggregate));
        };
    }

    private static StoredSpec.Aggregate aggregate(AggregateFeature aggregate) {
        var window = aggregate.window();
        return new StoredSpec.Aggregate(
                aggregate.function().text(),
                aggregate.column().orElse(null),
                aggregate.expression().orElse(null),
                aggregate.where().orElse(null),
                window.isUnbounded() ? null : duration(window.length()),
                duration(window.hop()),
                window.offset() == 0 ? null : duration(window.offset()),
                window.steps() == 1 ? null : window.steps(),
                aggregate.size().isPresent() ? aggregate.size().getAsInt() : null,
                aggregate.quantile().isPresent() ? aggregate.quantile().getAsDouble() : null,
                aggregate.by().map(Bucketing::column).orElse(null),
                aggregate.by().map(Bucketing::maxKeys).orElse(null));
    }

    private static String duration(long micros) {
        return Durations.format(Duration.of(micros, ChronoUnit.MICROS));
    }

    private static StoredSpec.OnDemandView onDemandView(OnDemandViewDefinition view) {
        return new StoredSpec.OnDemandView(
                view.kind().yamlName(),
                view.id(),
                view.inputs().stream()
                        .map(input -> version(input) + ":"
                                + (input.features().isEmpty()
                                        ? "*"
                                        : input.features().getFirst()))
                        .toList(),
                unlessEmpty(view.request().stream()
                        .map(value -> new StoredSpec.RequestValue(
                                value.name(),
                                value.type().typeName(),
                                length(value.type()),
                                value.description().orElse(null)))
                        .toList()),
                view.features().stream().map(StoredFormat::feature).toList(),
                description(view),
                owner(view),
                tags(view));
    }

    private static String version(FeatureServiceDefinition.Item item) {
        return item.view() + (item.version().isPresent() ? "@v" + item.version().getAsInt() : "");
    }

    private static StoredSpec.Service service(FeatureServiceDefinition service) {
        var items = new ArrayList<JsonNode>();
        service.features()
                .forEach(item -> items.add(JSON.valueToTree(new StoredSpec.Item(
                        version(item),
                        item.role().orElse(null),
                        unlessEmpty(item.keys()),
                        unlessEmpty(item.features())))));
        return new StoredSpec.Service(
                service.kind().yamlName(),
                service.id(),
                items,
                new StoredSpec.Training(
                        service.training().strict(), service.training().known().text()),
                description(service),
                owner(service),
                tags(service));
    }

    private static @Nullable Integer length(ValueType type) {
        return type instanceof ListType list && list.length().isPresent()
                ? list.length().getAsInt()
                : null;
    }

    private static <T> @Nullable List<T> unlessEmpty(List<T> list) {
        return list.isEmpty() ? null : list;
    }

    private static @Nullable Map<String, String> unlessEmpty(Map<String, String> map) {
        return map.isEmpty() ? null : new TreeMap<>(map);
    }

    private static @Nullable String description(Definition definition) {
        return definition.metadata().description().orElse(null);
    }

    private static @Nullable String owner(Definition definition) {
        return definition.metadata().owner().orElse(null);
    }

    private static @Nullable Map<String, String> tags(Definition definition) {
        return unlessEmpty(definition.metadata().tags());
    }
}
