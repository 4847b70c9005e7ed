package dev.asof.registry.reading;

import dev.asof.registry.FeatureServiceDefinition;
import dev.asof.registry.FeatureServiceDefinition.Item;
import dev.asof.registry.Known;
import dev.asof.registry.TrainingDefaults;
import dev.asof.registry.planning.ViewResolver;
import dev.asof.shared.FeatureServiceName;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.Names;
import dev.asof.shared.Violations;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads feature services. */
final class FeatureServiceReader {

    static final List<String> FIELDS = DefinitionReader.withCommon("features", "training");

    private static final List<String> ITEM_FIELDS = List.of("view", "as", "keys", "features");
    private static final List<String> TRAINING_FIELDS = List.of("strict", "known");
    private static final String ALL = "*";
    private static final Pattern VIEW = Pattern.compile("(?<view>[^:@]+)(@v(?<version>[1-9]\\d{0,8}))?");
    private static final Pattern REFERENCE = Pattern.compile(VIEW + ":(?<feature>[^:@]+)");

    private FeatureServiceReader() {}

    static Optional<FeatureServiceDefinition> read(String name, Fields fields) {
        var metadata = DefinitionReader.metadata(fields);
        if (fields.require("features", "'features' is missing: list them, such as [\"card_activity:*\"]")
                && fields.isEmptyList("features")) {
            fields.report("features", "missing_field", "A feature service has at least one feature");
        }
        var items = fields.list("features", item -> item(item, fields));
        var training = fields.node("training")
                .flatMap(node ->
                        Fields.of(node, fields.path("training"), fields.findings(), "'training'", TRAINING_FIELDS))
                .map(FeatureServiceReader::training)
                .orElse(TrainingDefaults.NONE);
        return items.isEmpty() || items.size() < fields.items("features").size()
                ? Optional.empty()
                : Optional.of(new FeatureServiceDefinition(new FeatureServiceName(name), items, training, metadata));
    }

    private static Optional<Item> item(Fields.Item item, Fields service) {
        return item.node() instanceof ScalarNode
                ? service.text(item.node(), item.path()).flatMap(text -> reference(text, item.path(), service))
                : Fields.of(item.node(), item.path(), service.findings(), "An item of a feature service", ITEM_FIELDS)
                        .flatMap(FeatureServiceReader::role);
    }

    /** Reads {@code view:feature}, {@code view@v2:feature} or {@code view:*}. */
    static Optional<Item> reference(String text, String path, Fields listing) {
        Matcher matcher = REFERENCE.matcher(text);
        if (!matcher.matches()) {
            listing.findings()
                    .add(
                            path,
                            "bad_reference",
                            "'%s' is no reference to a feature: write view:feature, view@v2:feature or view:*"
                                    .formatted(text));
            return Optional.empty();
        }
        String feature = matcher.group("feature");
        if (!listing.checkName(matcher.group("view"), path)
                || (!feature.equals(ALL) && !listing.checkName(feature, path))) {
            return Optional.empty();
        }
        return Optional.of(new Item(
                new FeatureViewName(matcher.group("view")),
                version(matcher),
                Optional.empty(),
                Map.of(),
                feature.equals(ALL) ? List.of() : List.of(feature)));
    }

    private static Optional<Item> role(Fields fields) {
        var view = fields.requiredText("view").flatMap(text -> view(text, fields));
        var role = fields.text("as");
        role.ifPresent(name -> fields.checkName(name, fields.path("as")));
        var keys = fields.textMap("keys");
        keys.forEach((key, column) -> fields.checkName(column, Violations.Part.path(fields.path("keys"), key)));
        if (fields.isEmptyList("features")) {
            fields.report("features", "missing_field", "List at least one feature, or leave 'features' out for all");
        }
        var features = features(fields);
        features.stream()
                .filter(feature -> role.filter(Names::isValid).isPresent())
                .forEach(feature -> {
                    String column = role.orElseThrow() + "__" + feature;
                    if (column.length() > ViewResolver.MAX_IDENTIFIER) {
                        fields.report("as", "name_too_long", ViewResolver.tooLong(column));
                    }
                });
        return view.map(matcher ->
                new Item(new FeatureViewName(matcher.group("view")), version(matcher), role, keys, features));
    }

    private static Optional<Matcher> view(String text, Fields fields) {
        Matcher matcher = VIEW.matcher(text);
        if (!matcher.matches()) {
            fields.report("view", "bad_reference", "'%s' names no view: write view or view@v2".formatted(text));
            return Optional.empty();
        }
        return fields.checkName(matcher.group("view"), fields.path("view")) ? Optional.of(matcher) : Optional.empty();
    }

    private static List<String> features(Fields fields) {
        var node = fields.node("features");
        if (node.flatMap(Scalars::text).filter(ALL::equals).isPresent()) {
            return List.of();
        }
        var features = fields.texts("features");
        if (features.equals(List.of(ALL))) {
            return List.of();
        }
        for (int i = 0; i < features.size(); i++) {
            String path = fields.path("features") + "[" + i + "]";
            if (features.get(i).equals(ALL)) {
                fields.findings().add(path, "conflicting_fields", "'*' stands alone: it is every feature of the view");
            } else if (fields.checkName(features.get(i), path) && features.indexOf(features.get(i)) < i) {
                fields.findings()
                        .add(path, "duplicate_feature", "'%s' is listed twice: keep one".formatted(features.get(i)));
            }
        }
        return features;
    }

    private static OptionalInt version(Matcher matcher) {
        String version = matcher.group("version");
        return version == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(version));
    }

    private static TrainingDefaults training(Fields fields) {
        return new TrainingDefaults(
                fields.bool("strict").orElse(false),
                fields.text("known").flatMap(text -> known(text, fields)).orElse(new Known.Latest()));
    }

    private static Optional<Known> known(String text, Fields fields) {
        Optional<Known> known = Known.parse(text);
        if (known.isEmpty()) {
            fields.report(
                    "known",
                    "bad_value",
                    "known is latest, as_recorded or an instant such as 2026-11-21T07:48:00Z, not '%s'"
                            .formatted(text));
        }
        return known;
    }
}
