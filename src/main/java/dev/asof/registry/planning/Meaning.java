package dev.asof.registry.planning;

import dev.asof.registry.EntityDefinition;
import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.FeatureDefinition.ColumnFeature;
import dev.asof.registry.FeatureDefinition.ExpressionFeature;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureSelection.Origin;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredOnDemandView.Input;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.SourceColumn;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.catalog.ResolvedView;
import dev.asof.transform.ExpressionCompiler;
import dev.asof.transform.window.Window;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Rule V1: what identifies a version. Two definitions with the same hash mean the same; what people say about them,
 * and what a source's contract refuses, is left out.
 */
final class Meaning {

    private Meaning() {}

    static String hash(EntityDefinition entity) {
        return sha256(List.of(
                "entity",
                entity.name().value(),
                entity.keys().stream()
                        .map(key -> List.of(key.name(), key.type().name()))
                        .toList()));
    }

    /** The order of columns is no part of it: the log keeps its own. */
    static String hash(SourceDefinition source) {
        return sha256(List.of(
                "source", source.name().value(), columns(source.columns().stream()), times(source), source.rowId()));
    }

    /** @param resolved without problems, against this source */
    static String hash(FeatureViewDefinition view, ResolvedView resolved, SourceDefinition source) {
        var meaning = new ArrayList<Object>(List.of(
                "feature_view",
                view.name().value(),
                keys(resolved.keys()),
                source.name().value(),
                columns(source.columns().stream()
                        .filter(column -> resolved.columns().contains(column.name()))),
                times(source),
                resolved.features().stream().map(Meaning::feature).toList(),
                text(view.ttl()),
                view.revision(),
                ExpressionCompiler.EVALUATOR_VERSION));
        if (resolved.features().stream().anyMatch(RegisteredView.Feature::isAggregate)) {
            meaning.add(keys(resolved.rowId()));
        }
        return sha256(meaning);
    }

    private static List<Object> keys(List<RegisteredView.Key> keys) {
        return keys.stream()
                .map(key -> List.<Object>of(key.name(), key.type().name(), key.sourceColumn()))
                .collect(Collectors.toUnmodifiableList());
    }

    /** @param features compiled, in declared order */
    static String hash(OnDemandViewDefinition view, List<Input> inputs, List<RegisteredOnDemandView.Feature> features) {
        return sha256(List.of(
                "on_demand_feature_view",
                view.name().value(),
                inputs.stream()
                        .map(input -> List.of(input.version().toString(), input.feature()))
                        .toList(),
                view.request().stream()
                        .map(value -> List.of(value.name(), value.type().toString()))
                        .toList(),
                features.stream()
                        .map(feature -> List.of(
                                feature.name(),
                                feature.definition().expression().strip(),
                                feature.type().toString()))
                        .toList(),
                ExpressionCompiler.EVALUATOR_VERSION));
    }

    /** Of a feature service: the exact view versions, features and keys it resolved to. */
    static String hash(FeatureSelection service) {
        var meaning = new ArrayList<Object>(List.of(
                "feature_service",
                service.service().map(version -> version.service().value()).orElse(""),
                service.views().stream()
                        .map(view -> List.of(view.view().version().toString(), view.alias(), view.keyColumns()))
                        .toList(),
                service.columns().stream().map(Meaning::column).toList(),
                service.training().strict(),
                service.training().known().text()));
        if (!service.onDemand().isEmpty()) {
            meaning.add(service.onDemand().stream()
                    .map(view -> List.of(
                            view.view().version().toString(),
                            view.alias(),
                            view.inputs().stream().map(Meaning::origin).toList()))
                    .toList());
        }
        return sha256(meaning);
    }

    private static List<Object> column(FeatureSelection.Column column) {
        return switch (column.origin()) {
            case Origin.OfView from -> List.of(column.name(), column.feature(), from.view());
            case Origin.Computed(int view, int _) -> List.of(column.name(), column.feature(), "on demand", view);
        };
    }

    private static List<Object> origin(Origin origin) {
        return switch (origin) {
            case Origin.OfView from -> List.of(from.view(), from.feature());
            case Origin.Computed(int view, int feature) -> List.of("on demand", view, feature);
        };
    }

    private static List<Object> columns(Stream<SourceColumn> columns) {
        return columns.sorted(Comparator.comparing(SourceColumn::name))
                .map(column -> List.<Object>of(
                        column.name(),
                        column.type().toString(),
                        text(column.timeZone()),
                        column.endOfDay(),
                        column.nonFinite()))
                .collect(Collectors.toUnmodifiableList());
    }

    private static List<Object> times(SourceDefinition source) {
        return List.of(
                source.eventTimestamp(),
                text(source.knownTimestamp()),
                text(source.knownAfter()),
                text(source.tombstone()));
    }

    private static List<Object> feature(RegisteredView.Feature feature) {
        return switch (feature.definition()) {
            case ColumnFeature column ->
                List.of("column", column.name(), column.column(), feature.type().toString());
            case ExpressionFeature expression ->
                List.of(
                        "expression",
                        expression.name(),
                        expression.expression().strip(),
                        feature.type().toString());
            case AggregateFeature aggregate ->
                List.of(
                        "aggregate",
                        feature.name(),
                        aggregate.function().text(),
                        text(aggregate.column()),
                        text(aggregate.expression()),
                        text(feature.input()),
                        text(aggregate.where()),
                        window(aggregate.window()),
                        aggregate.size().orElse(0),
                        aggregate.quantile().orElse(0),
                        aggregate
                                .by()
                                .map(by -> List.<Object>of(by.column(), by.maxKeys()))
                                .orElse(List.of()),
                        feature.type().toString());
        };
    }

    private static List<Object> window(Window window) {
        return List.of(
                window.isUnbounded() ? "unbounded" : window.length(), window.hop(), window.offset(), window.steps());
    }

    private static List<String> text(Optional<?> value) {
        return value.map(present -> List.of(present.toString())).orElse(List.of());
    }

    private static String sha256(List<Object> meaning) {
        var canonical = new StringBuilder();
        append(meaning, canonical);
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(canonical.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    /** Every part carries its length, so that no two meanings are written alike. */
    private static void append(Object part, StringBuilder canonical) {
        if (part instanceof List<?> list) {
            canonical.append('[').append(list.size()).append(':');
            list.forEach(item -> append(item, canonical));
            canonical.append(']');
        } else {
            String text = part.toString();
            canonical.append(text.length()).append(':').append(text);
        }
    }
}
