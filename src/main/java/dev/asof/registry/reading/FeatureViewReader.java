package dev.asof.registry.reading;

import dev.asof.registry.FeatureDefinition;
import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.FeatureDefinition.ColumnFeature;
import dev.asof.registry.FeatureDefinition.ExpressionFeature;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.FeatureViewDefinition.ViewEntity;
import dev.asof.shared.EntityName;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.Names;
import dev.asof.shared.SourceName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads feature views. */
final class FeatureViewReader {

    static final List<String> FIELDS =
            DefinitionReader.withCommon("entities", "source", "ttl", "revision", "hop", "features");

    private static final List<String> ENTITY_FIELDS = List.of("name", "keys");
    private static final List<String> FEATURE_FIELDS = Stream.concat(
                    Stream.of("name", "column", "expression", "type", "length", "description"),
                    AggregateReader.FIELDS.stream())
            .toList();

    private FeatureViewReader() {}

    static Optional<FeatureViewDefinition> read(String name, Fields fields) {
        var metadata = DefinitionReader.metadata(fields);
        fields.require("entities", "'entities' is missing: list them, such as [card], or give [] for a global view");
        var entityItems = fields.items("entities");
        var listed = new HashSet<EntityName>();
        var entities = fields.list("entities", item -> entity(item, listed, fields));
        var source = fields.requiredName("source").filter(Names::isValid).map(SourceName::new);
        var ttl = fields.duration("ttl", Duration.ofNanos(1));
        int revision = fields.integer("revision", 1).orElse(1);
        if (fields.require("features", "'features' is missing: a view has at least one")
                && fields.isEmptyList("features")) {
            fields.report("features", "missing_field", "A view has at least one feature");
        }
        var hop = WindowReader.hop(fields);
        boolean hopSound = hop.isPresent() == fields.has("hop");
        var lines = fields.list("features", item -> feature(item, hop, fields));
        boolean whole = fields.has("entities")
                && entities.size() == entityItems.size()
                && !lines.isEmpty()
                && lines.size() == fields.items("features").size()
                && hopSound
                && fitsAggregates(lines, fields);
        var features = whole ? features(lines, fields) : List.<FeatureDefinition>of();
        return source.filter(found -> whole)
                .map(found -> new FeatureViewDefinition(
                        new FeatureViewName(name), entities, found, ttl, features, revision, metadata));
    }

    private static Optional<ViewEntity> entity(Fields.Item item, HashSet<EntityName> listed, Fields view) {
        var entity = item.node() instanceof ScalarNode
                ? view.text(item.node(), item.path()).flatMap(name -> entity(name, Map.of(), item.path(), view))
                : Fields.of(item.node(), item.path(), view.findings(), "An entity of a view", ENTITY_FIELDS)
                        .flatMap(fields -> fields.requiredText("name")
                                .flatMap(name -> entity(name, fields.textMap("keys"), fields.path("name"), view)));
        entity.filter(found -> !listed.add(found.entity()))
                .ifPresent(found -> view.findings()
                        .add(
                                item.path(),
                                "duplicate_entity",
                                "The entity '%s' is listed twice: keep one".formatted(found.entity())));
        return entity;
    }

    private static Optional<ViewEntity> entity(String name, Map<String, String> keys, String path, Fields view) {
        return view.checkName(name, path) ? Optional.of(new ViewEntity(new EntityName(name), keys)) : Optional.empty();
    }

    private static boolean fitsAggregates(List<List<FeatureDefinition>> lines, Fields view) {
        long aggregates = lines.stream()
                .flatMap(List::stream)
                .filter(AggregateFeature.class::isInstance)
                .count();
        if (aggregates > AggregateReader.MAX_FEATURES) {
            view.report(
                    "features",
                    "too_many",
                    "The view has %s aggregates, windows and quantiles counted each; at most %s fit: split it"
                            .formatted(aggregates, AggregateReader.MAX_FEATURES));
        }
        return aggregates <= AggregateReader.MAX_FEATURES;
    }

    /** What is found wrong with one of the features of a line is told of the line. */
    private static List<FeatureDefinition> features(List<List<FeatureDefinition>> lines, Fields view) {
        var features = new ArrayList<FeatureDefinition>();
        for (int i = 0; i < lines.size(); i++) {
            for (FeatureDefinition feature : lines.get(i)) {
                view.findings().made("features[%s]".formatted(features.size()), "features[%s]".formatted(i));
                features.add(feature);
            }
        }
        return features;
    }

    private static Optional<List<FeatureDefinition>> feature(Fields.Item item, Optional<Duration> hop, Fields view) {
        return Fields.of(
                        item.node(),
                        item.path(),
                        view.findings(),
                        "A feature",
                        FEATURE_FIELDS,
                        AggregateReader.FOREIGN_FIELDS)
                .flatMap(fields -> fields.has("aggregate")
                        ? AggregateReader.read(fields, hop).map(List::<FeatureDefinition>copyOf)
                        : feature(fields).map(List::of));
    }

    private static Optional<FeatureDefinition> feature(Fields fields) {
        var name = fields.requiredName("name");
        var description = fields.text("description");
        fields.reportMisplaced(
                Stream.concat(AggregateReader.FIELDS.stream(), AggregateReader.FOREIGN_FIELDS.stream())
                        .toList(),
                "belongs to aggregates: name one with 'aggregate', such as sum, or leave this out");
        boolean ofColumn = fields.has("column");
        if (ofColumn == fields.has("expression")) {
            fields.report(
                    ofColumn ? "expression" : "",
                    ofColumn ? "conflicting_fields" : "missing_field",
                    ofColumn
                            ? "A feature has either a column or an expression: give one"
                            : "A feature has a column, an expression or an aggregate: give it one");
            return Optional.empty();
        }
        return ofColumn
                ? name.flatMap(value -> columnFeature(value, description, fields))
                : expressionFeature(name, description, fields).map(Function.identity());
    }

    private static Optional<FeatureDefinition> columnFeature(String name, Optional<String> description, Fields fields) {
        if (fields.has("type") || fields.has("length")) {
            fields.report(
                    fields.has("type") ? "type" : "length",
                    "conflicting_fields",
                    "A column feature has its column's type: leave this out, or convert in an expression");
        }
        return fields.text("column").map(column -> new ColumnFeature(name, column, description));
    }

    /** Empty also without a name, which was reported. */
    static Optional<ExpressionFeature> expressionFeature(
            Optional<String> name, Optional<String> description, Fields fields) {
        var type = fields.type("type", "length");
        var expression = fields.text("expression");
        if (expression.filter(String::isBlank).isPresent()) {
            fields.report("expression", "missing_field", "The expression is empty");
            return Optional.empty();
        }
        return name.flatMap(value -> expression.map(text -> new ExpressionFeature(value, text, type, description)));
    }
}
