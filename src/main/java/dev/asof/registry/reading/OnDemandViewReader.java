package dev.asof.registry.reading;

import dev.asof.registry.FeatureDefinition.ExpressionFeature;
import dev.asof.registry.FeatureServiceDefinition.Item;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.OnDemandViewDefinition.RequestValue;
import dev.asof.registry.planning.ReservedNames;
import dev.asof.shared.FeatureViewName;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads on-demand feature views. */
final class OnDemandViewReader {

    static final List<String> FIELDS = DefinitionReader.withCommon("inputs", "request", "features");

    private static final List<String> REQUEST_FIELDS = List.of("name", "type", "length", "description");
    private static final List<String> FEATURE_FIELDS = List.of("name", "expression", "type", "length", "description");

    /** Of inputs, of request values and of features. */
    private static final int MOST = 500;

    private OnDemandViewReader() {}

    static Optional<OnDemandViewDefinition> read(String name, Fields fields) {
        var metadata = DefinitionReader.metadata(fields);
        if (fields.require("features", "'features' is missing: a view has at least one")
                && fields.isEmptyList("features")) {
            fields.report("features", "missing_field", "A view has at least one feature");
        }
        boolean fits = List.of("inputs", "request", "features").stream()
                .map(field -> isShort(field, fields))
                .reduce(true, Boolean::logicalAnd);
        if (!fits) {
            return Optional.empty();
        }
        var inputs = fields.list("inputs", item -> input(item, fields));
        var names = new HashSet<String>();
        var request = fields.list("request", item -> requestValue(item, names, fields));
        var features = fields.list("features", item -> feature(item, fields));
        boolean whole = inputs.size() == fields.items("inputs").size()
                && request.size() == fields.items("request").size()
                && !features.isEmpty()
                && features.size() == fields.items("features").size();
        return whole
                ? Optional.of(
                        new OnDemandViewDefinition(new FeatureViewName(name), inputs, request, features, metadata))
                : Optional.empty();
    }

    private static boolean isShort(String field, Fields fields) {
        int size = fields.items(field).size();
        if (size > MOST) {
            fields.report(
                    field,
                    "too_many",
                    "'%s' has %s items; at most %s fit: split the view".formatted(field, size, MOST));
        }
        return size <= MOST;
    }

    private static Optional<Item> input(Fields.Item item, Fields view) {
        if (!(item.node() instanceof ScalarNode)) {
            view.findings()
                    .add(
                            item.path(),
                            "wrong_type",
                            "An input is a text such as \"card_activity:tx_sum_30d\"; roles are given by what reads"
                                    + " this view, such as a feature service");
            return Optional.empty();
        }
        return view.text(item.node(), item.path())
                .flatMap(text -> FeatureServiceReader.reference(text, item.path(), view));
    }

    private static Optional<RequestValue> requestValue(Fields.Item item, Set<String> names, Fields view) {
        return Fields.of(item.node(), item.path(), view.findings(), "A request value", REQUEST_FIELDS)
                .flatMap(fields -> {
                    var name = fields.requiredName("name");
                    name.filter(ReservedNames::forJoinKey)
                            .ifPresent(value -> fields.report(
                                    "name",
                                    "reserved_name",
                                    "'%s' is kept for Asof's own columns: name the request value otherwise"
                                            .formatted(value)));
                    name.filter(value -> !names.add(value))
                            .ifPresent(value -> fields.report(
                                    "name",
                                    "duplicate_request_value",
                                    "The request value '%s' is listed twice: keep one".formatted(value)));
                    fields.require("type", "'type' is missing, such as FLOAT64 or STRING");
                    var type = fields.type("type", "length");
                    var description = fields.text("description");
                    return name.flatMap(value -> type.map(found -> new RequestValue(value, found, description)));
                });
    }

    private static Optional<ExpressionFeature> feature(Fields.Item item, Fields view) {
        return Fields.of(item.node(), item.path(), view.findings(), "An on-demand feature", FEATURE_FIELDS)
                .flatMap(fields -> {
                    var name = fields.requiredName("name");
                    fields.require(
                            "expression",
                            "'expression' is missing: an on-demand feature is computed by one, over inputs and request"
                                    + " values");
                    return FeatureViewReader.expressionFeature(name, fields.text("description"), fields);
                });
    }
}
