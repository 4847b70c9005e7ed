package dev.asof.registry.reading;

import dev.asof.registry.Definition;
import dev.asof.registry.DefinitionKind;
import dev.asof.registry.EntityDefinition;
import dev.asof.registry.Metadata;
import dev.asof.registry.planning.ReservedNames;
import dev.asof.shared.EntityName;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import dev.asof.shared.Violations;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads one definition whose kind and name are known, and what all kinds have in common. */
final class DefinitionReader {

    private static final List<String> ENTITY_FIELDS = withCommon("keys");
    private static final List<String> KEY_FIELDS = List.of("name", "type");

    /** YAML reads no key longer than 1024 characters without a mark before it. */
    private static final int MAX_TAG = 100;

    private DefinitionReader() {}

    /** Empty when too much is wrong to build it; what is wrong is among the findings. */
    static Optional<? extends Definition> read(DefinitionKind kind, String name, Node node, Violations.Part findings) {
        return switch (kind) {
            case ENTITY ->
                Fields.of(node, "", findings, "An entity", ENTITY_FIELDS).flatMap(fields -> entity(name, fields));
            case SOURCE ->
                Fields.of(node, "", findings, "A source", SourceReader.FIELDS)
                        .flatMap(fields -> new SourceReader(fields).read(name));
            case FEATURE_VIEW ->
                Fields.of(node, "", findings, "A feature view", FeatureViewReader.FIELDS)
                        .flatMap(fields -> FeatureViewReader.read(name, fields));
            case ON_DEMAND_FEATURE_VIEW ->
                Fields.of(node, "", findings, "An on-demand feature view", OnDemandViewReader.FIELDS)
                        .flatMap(fields -> OnDemandViewReader.read(name, fields));
            case FEATURE_SERVICE ->
                Fields.of(node, "", findings, "A feature service", FeatureServiceReader.FIELDS)
                        .flatMap(fields -> FeatureServiceReader.read(name, fields));
        };
    }

    /**
     * The fields of a kind: its own between the common ones. {@code status} is what answers say about a definition; it
     * is known, and ignored, so that an answer can be edited and sent back.
     */
    static List<String> withCommon(String... own) {
        return Stream.of(Stream.of("kind", "name"), Stream.of(own), Stream.of("description", "owner", "tags", "status"))
                .flatMap(names -> names)
                .toList();
    }

    static Metadata metadata(Fields fields) {
        var tags = fields.textMap("tags");
        if (tags.keySet().stream().anyMatch(tag -> tag.length() > MAX_TAG)) {
            fields.report("tags", "name_too_long", "A tag's name has at most %s characters".formatted(MAX_TAG));
        }
        return new Metadata(fields.text("description"), fields.text("owner"), tags);
    }

    private static Optional<EntityDefinition> entity(String name, Fields fields) {
        var metadata = metadata(fields);
        if (!fields.require("keys", "'keys' is missing: give one or more, such as [{name: id, type: STRING}]")) {
            return Optional.empty();
        }
        var items = fields.items("keys");
        var names = new HashSet<String>();
        var keys = new ArrayList<EntityDefinition.JoinKey>();
        for (var item : items) {
            joinKey(item, names, fields.findings()).ifPresent(keys::add);
        }
        if (fields.isEmptyList("keys")) {
            fields.report("keys", "missing_field", "An entity has at least one key; a view without entities is global");
        }
        return keys.isEmpty() || keys.size() < items.size()
                ? Optional.empty()
                : Optional.of(new EntityDefinition(new EntityName(name), keys, metadata));
    }

    private static Optional<EntityDefinition.JoinKey> joinKey(
            Fields.Item item, Set<String> names, Violations.Part findings) {
        return Fields.of(item.node(), item.path(), findings, "A key", KEY_FIELDS)
                .flatMap(fields -> {
                    var name = fields.requiredName("name");
                    name.filter(ReservedNames::forJoinKey)
                            .ifPresent(value -> fields.report(
                                    "name",
                                    "reserved_name",
                                    "'%s' is kept for Asof's own columns: name the key otherwise".formatted(value)));
                    name.filter(value -> !names.add(value))
                            .ifPresent(value -> fields.report(
                                    "name",
                                    "duplicate_key",
                                    "The key '%s' is listed twice: keep one".formatted(value)));
                    fields.require("type", "'type' is missing, such as STRING or INT64");
                    var type = fields.type("type", "length").flatMap(value -> keyType(value, fields));
                    return name.flatMap(value -> type.map(keyType -> new EntityDefinition.JoinKey(value, keyType)));
                });
    }

    private static Optional<ScalarType> keyType(ValueType type, Fields fields) {
        if (type instanceof ScalarType scalar && scalar.isKeyType()) {
            return Optional.of(scalar);
        }
        fields.report(
                "type",
                "not_a_key_type",
                "A key can't be %s; use STRING, INT32, INT64, BOOLEAN, BYTES or TIMESTAMP".formatted(type));
        return Optional.empty();
    }
}
