package dev.asof.registry.catalog;

import dev.asof.registry.Definition;
import dev.asof.registry.DefinitionKind;
import dev.asof.registry.EntityDefinition;
import dev.asof.registry.Expectation;
import dev.asof.registry.FeatureDefinition;
import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.FeatureDefinition.Bucketing;
import dev.asof.registry.FeatureDefinition.ColumnFeature;
import dev.asof.registry.FeatureDefinition.ExpressionFeature;
import dev.asof.registry.FeatureServiceDefinition;
import dev.asof.registry.FeatureServiceDefinition.Item;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.FeatureViewDefinition.ViewEntity;
import dev.asof.registry.Known;
import dev.asof.registry.Metadata;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.OnDemandViewDefinition.RequestValue;
import dev.asof.registry.SourceColumn;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.TableOrigin;
import dev.asof.registry.TrainingDefaults;
import dev.asof.shared.Durations;
import dev.asof.shared.EntityName;
import dev.asof.shared.FeatureServiceName;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.SourceName;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import dev.asof.transform.window.AggregateFunction;
import dev.asof.transform.window.Window;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/**
 * Reads stored definitions. They were checked when they were applied and are not checked again: rules that came since
 * are no reason to forget what is there. What can't be understood was written by a newer server.
 */
final class StoredFormatReader {

    private static final Logger LOG = LoggerFactory.getLogger(StoredFormatReader.class);

    /** Of rows without one. */
    private static final double MAX_INVALID_RATIO = 0.05;

    private static final Duration MAX_FUTURE_SKEW = Duration.ofMinutes(1);

    /** A stored definition that this server can't make sense of; the message says of what in it. */
    static final class UnreadableException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        UnreadableException(String message) {
            super(message);
        }
    }

    private StoredFormatReader() {}

    /** @throws UnreadableException when it isn't all known here */
    static Definition read(int format, DefinitionKind kind, String name, Json spec) {
        if (format > StoredFormat.NEWEST) {
            throw new UnreadableException("its format is %s".formatted(format));
        }
        try {
            return switch (kind) {
                case ENTITY -> entity(name, read(spec, StoredSpec.Entity.class));
                case SOURCE -> source(name, read(spec, StoredSpec.Source.class));
                case FEATURE_VIEW -> view(name, read(spec, StoredSpec.View.class));
                case ON_DEMAND_FEATURE_VIEW -> onDemandView(name, read(spec, StoredSpec.OnDemandView.class));
                case FEATURE_SERVICE -> service(name, read(spec, StoredSpec.Service.class));
            };
        } catch (UnrecognizedPropertyException e) {
            throw unknown("field", e.getPropertyName());
        } catch (JacksonException e) {
            LOG.debug("A stored {} that can't be read: {}", kind.label(), e.getMessage());
            throw new UnreadableException("it is written in another form");
        }
    }

    private static <T> T read(Json spec, Class<T> type) {
        return StoredFormat.JSON.readValue(spec.text(), type);
    }

    private static EntityDefinition entity(String name, StoredSpec.Entity entity) {
        var keys = entity.keys().stream()
                .map(key -> new EntityDefinition.JoinKey(key.name(), scalar(key.type())))
                .toList();
        return new EntityDefinition(
                new EntityName(name), keys, metadata(entity.description(), entity.owner(), entity.tags()));
    }

    private static SourceDefinition source(String name, StoredSpec.Source source) {
        var columns = source.columns().stream().map(StoredFormatReader::column).toList();
        return new SourceDefinition(
                new SourceName(name),
                origin(source),
                columns,
                Objects.requireNonNull(source.eventTimestamp()),
                Optional.ofNullable(source.knownTimestamp()),
                Optional.ofNullable(source.knownAfter()).map(StoredFormatReader::duration),
                Optional.ofNullable(source.tombstone()),
                orEmpty(source.rowId()),
                orEmpty(source.nullTokens()),
                orEmpty(source.expectations()).stream()
                        .map(check -> expectation(check, columns))
                        .toList(),
                Objects.requireNonNullElse(source.maxInvalidRatio(), MAX_INVALID_RATIO),
                Optional.ofNullable(source.maxFutureSkew())
                        .map(StoredFormatReader::duration)
                        .orElse(MAX_FUTURE_SKEW),
                metadata(source.description(), source.owner(), source.tags()));
    }

    private static Optional<TableOrigin> origin(StoredSpec.Source source) {
        return switch (source.type()) {
            case "push" -> Optional.empty();
            case "table" ->
                Optional.of(new TableOrigin(
                        relation(source),
                        TableOrigin.Read.of(String.valueOf(source.read()))
                                .orElseThrow(() -> unknown("read", source.read())),
                        Optional.ofNullable(source.schedule()),
                        Optional.ofNullable(source.connection())));
            default -> throw unknown("type of source", source.type());
        };
    }

    private static TableOrigin.Relation relation(StoredSpec.Source source) {
        String table = source.table();
        if (table == null) {
            return new TableOrigin.Query(Objects.requireNonNull(source.query()));
        }
        int dot = table.indexOf('.');
        return new TableOrigin.Table(table.substring(0, dot), table.substring(dot + 1));
    }

    private static SourceColumn column(StoredSpec.Column column) {
        boolean endOfDay = switch (column.at()) {
            case null -> false;
            case "end_of_day" -> true;
            default -> throw unknown("time of day", column.at());
        };
        return new SourceColumn(
                column.name(),
                type(column.type(), column.length()),
                Boolean.TRUE.equals(column.required()),
                Optional.ofNullable(column.timeZone()).map(ZoneId::of),
                endOfDay,
                Boolean.TRUE.equals(column.nonFinite()),
                Optional.ofNullable(column.description()));
    }

    private static Expectation expectation(StoredSpec.Check check, List<SourceColumn> columns) {
        if (check.unique() != null) {
            return new Expectation.Unique(check.unique());
        }
        var column = columns.stream()
                .filter(candidate -> candidate.name().equals(check.column()))
                .findFirst()
                .orElseThrow(() -> unknown("column", check.column()));
        if (check.between() != null) {
            return new Expectation.Between(
                    column.name(),
                    bound(check.between().getFirst(), column),
                    bound(check.between().getLast(), column));
        }
        if (check.in() != null) {
            return new Expectation.In(
                    column.name(),
                    check.in().stream().map(value -> value(value, column)).toList());
        }
        return new Expectation.Matches(column.name(), Objects.requireNonNull(check.matches()));
    }

    private static Optional<Object> bound(JsonNode bound, SourceColumn column) {
        if (bound.isNull()) {
            return Optional.empty();
        }
        return Optional.of(
                column.type() == ScalarType.TIMESTAMP
                        ? value(bound, column)
                        : column.type() == ScalarType.INT32 || column.type() == ScalarType.INT64
                                ? wholeOrDouble(bound.decimalValue())
                                : bound.doubleValue());
    }

    private static Object wholeOrDouble(BigDecimal value) {
        try {
            return value.longValueExact();
        } catch (ArithmeticException e) {
            return value.doubleValue();
        }
    }

    private static Object value(JsonNode value, SourceColumn column) {
        return switch (scalar(column.type().typeName())) {
            case BOOLEAN -> value.booleanValue();
            case INT32 -> value.intValue();
            case INT64 -> value.longValue();
            case FLOAT32 -> value.decimalValue().floatValue();
            case FLOAT64 -> value.doubleValue();
            case STRING -> value.stringValue();
            case TIMESTAMP ->
                Timestamps.parse(value.stringValue()).orElseThrow(() -> unknown("time", value.toString()));
            case BYTES -> throw unknown("value", value.toString());
        };
    }

    private static FeatureViewDefinition view(String name, StoredSpec.View view) {
        return new FeatureViewDefinition(
                new FeatureViewName(name),
                view.entities().stream().map(StoredFormatReader::viewEntity).toList(),
                new SourceName(view.source()),
                Optional.ofNullable(view.ttl()).map(StoredFormatReader::duration),
                view.features().stream().map(StoredFormatReader::feature).toList(),
                Objects.requireNonNullElse(view.revision(), 1),
                metadata(view.description(), view.owner(), view.tags()));
    }

    private static ViewEntity viewEntity(JsonNode node) {
        if (node.isString()) {
            return new ViewEntity(new EntityName(node.stringValue()), Map.of());
        }
        var entity = StoredFormat.JSON.treeToValue(node, StoredSpec.ViewEntity.class);
        return new ViewEntity(new EntityName(entity.name()), orEmpty(entity.keys()));
    }

    private static FeatureDefinition feature(StoredSpec.Feature feature) {
        var description = Optional.ofNullable(feature.description());
        if (feature.column() != null) {
            return new ColumnFeature(feature.name(), feature.column(), description);
        }
        if (feature.aggregate() != null) {
            return aggregate(feature.name(), feature.aggregate(), description);
        }
        if (feature.expression() == null) {
            throw unknown("kind of feature", feature.name());
        }
        return expressionFeature(feature);
    }

    private static ExpressionFeature expressionFeature(StoredSpec.Feature feature) {
        return new ExpressionFeature(
                feature.name(),
                Objects.requireNonNull(feature.expression()),
                Optional.ofNullable(feature.type()).map(type -> type(type, feature.length())),
                Optional.ofNullable(feature.description()));
    }

    private static AggregateFeature aggregate(
            String name, StoredSpec.Aggregate aggregate, Optional<String> description) {
        var window = new Window(
                aggregate.window() == null ? Window.UNBOUNDED : micros(aggregate.window()),
                micros(aggregate.hop()),
                aggregate.offset() == null ? 0 : micros(aggregate.offset()),
                Objects.requireNonNullElse(aggregate.steps(), 1));
        return new AggregateFeature(
                name,
                AggregateFunction.parse(aggregate.function())
                        .orElseThrow(() -> unknown("aggregate", aggregate.function())),
                Optional.ofNullable(aggregate.column()),
                Optional.ofNullable(aggregate.expression()),
                Optional.ofNullable(aggregate.where()),
                window,
                aggregate.n() == null ? OptionalInt.empty() : OptionalInt.of(aggregate.n()),
                aggregate.quantile() == null ? OptionalDouble.empty() : OptionalDouble.of(aggregate.quantile()),
                Optional.ofNullable(aggregate.by())
                        .map(by -> new Bucketing(by, Objects.requireNonNull(aggregate.maxKeys()))),
                description);
    }

    private static long micros(String duration) {
        return TimeUnit.SECONDS.toMicros(duration(duration).getSeconds())
                + duration(duration).getNano() / 1_000;
    }

    private static OnDemandViewDefinition onDemandView(String name, StoredSpec.OnDemandView view) {
        return new OnDemandViewDefinition(
                new FeatureViewName(name),
                view.inputs().stream().map(StoredFormatReader::item).toList(),
                orEmpty(view.request()).stream()
                        .map(value -> new RequestValue(
                                value.name(),
                                type(value.type(), value.length()),
                                Optional.ofNullable(value.description())))
                        .toList(),
                view.features().stream()
                        .map(StoredFormatReader::expressionFeature)
                        .toList(),
                metadata(view.description(), view.owner(), view.tags()));
    }

    private static FeatureServiceDefinition service(String name, StoredSpec.Service service) {
        var training = service.training();
        return new FeatureServiceDefinition(
                new FeatureServiceName(name),
                service.features().stream().map(StoredFormatReader::item).toList(),
                training == null
                        ? TrainingDefaults.NONE
                        : new TrainingDefaults(training.strict(), known(training.known())),
                metadata(service.description(), service.owner(), service.tags()));
    }

    private static Item item(String text) {
        int colon = text.indexOf(':');
        String feature = text.substring(colon + 1);
        return item(text.substring(0, colon), null, null, feature.equals("*") ? null : List.of(feature));
    }

    private static Item item(JsonNode node) {
        if (node.isString()) {
            return item(node.stringValue());
        }
        var item = StoredFormat.JSON.treeToValue(node, StoredSpec.Item.class);
        return item(item.view(), item.as(), item.keys(), item.features());
    }

    private static Item item(
            String view, @Nullable String role, @Nullable Map<String, String> keys, @Nullable List<String> features) {
        int at = view.indexOf("@v");
        return new Item(
                new FeatureViewName(at < 0 ? view : view.substring(0, at)),
                at < 0 ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(view.substring(at + 2))),
                Optional.ofNullable(role),
                orEmpty(keys),
                orEmpty(features));
    }

    private static Known known(String text) {
        return switch (text) {
            case "latest" -> new Known.Latest();
            case "as_recorded" -> new Known.AsRecorded();
            default -> new Known.At(Timestamps.parse(text).orElseThrow(() -> unknown("known", text)));
        };
    }

    static ValueType type(String name, @Nullable Integer length) {
        var type = ValueType.parse(name).orElseThrow(() -> unknown("type", name));
        return type instanceof ListType list && length != null ? ListType.of(list.element(), length) : type;
    }

    private static ScalarType scalar(String name) {
        if (type(name, null) instanceof ScalarType scalar) {
            return scalar;
        }
        throw unknown("type", name);
    }

    private static Duration duration(String text) {
        return Durations.parse(text).orElseThrow(() -> unknown("duration", text));
    }

    private static Metadata metadata(
            @Nullable String description, @Nullable String owner, @Nullable Map<String, String> tags) {
        return new Metadata(Optional.ofNullable(description), Optional.ofNullable(owner), orEmpty(tags));
    }

    private static <T> List<T> orEmpty(@Nullable List<T> list) {
        return Objects.requireNonNullElse(list, List.of());
    }

    private static Map<String, String> orEmpty(@Nullable Map<String, String> map) {
        return Objects.requireNonNullElse(map, Map.of());
    }

    private static UnreadableException unknown(String what, @Nullable String given) {
        return new UnreadableException("it has the %s '%s'".formatted(what, given));
    }
}
