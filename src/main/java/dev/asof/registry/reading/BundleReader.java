package dev.asof.registry.reading;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.catalog.BrokenDefinition;
import dev.asof.registry.catalog.ParsedBundle;
import dev.asof.registry.catalog.ParsedDefinition;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.Names;
import dev.asof.shared.Suggestions;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Reads bundles of definitions, in YAML 1.2 or JSON, and checks each for form: all that is wrong is told at once, with
 * its path and line. What needs other definitions to be known is checked by {@code ViewResolver} and the plan.
 */
public final class BundleReader {

    private static final List<String> KINDS =
            Arrays.stream(DefinitionKind.values()).map(DefinitionKind::yamlName).toList();

    /** A definition, with the kind and the name it must have when they are known beforehand. */
    private record Entry(Node node, int index, Optional<BrokenDefinition> expected) {

        int line() {
            return Scalars.line(node);
        }
    }

    private final List<ParsedDefinition> definitions = new ArrayList<>();
    private final List<BrokenDefinition> broken = new ArrayList<>();
    private final Violations violations = new Violations();
    private final Map<BrokenDefinition, Integer> firstLines = new HashMap<>();

    private BundleReader() {}

    /** Reads a bundle: YAML documents, a JSON object or array, or {@code {"definitions": [...]}}. */
    public static ParsedBundle read(String text) {
        var reader = new BundleReader();
        List<Entry> entries = entries(YamlDocuments.parse(text, reader.violations));
        if (entries.isEmpty() && reader.violations.isEmpty()) {
            reader.violations.add(Violation.of(
                    null, "empty_bundle", "There is no definition here: give documents with 'kind' and 'name'"));
        }
        entries.forEach(reader::add);
        return reader.result();
    }

    /** Reads one definition whose kind and name are known; the text may repeat them but not contradict them. */
    public static ParsedBundle readOne(DefinitionKind kind, String name, String text) {
        var reader = new BundleReader();
        var documents = YamlDocuments.parse(text, reader.violations);
        if (documents.size() == 1) {
            var expected = Optional.of(new BrokenDefinition(kind, name));
            reader.add(new Entry(documents.getFirst(), 0, expected));
        } else if (reader.violations.isEmpty()) {
            reader.violations.add(Violation.of(
                    null,
                    documents.isEmpty() ? "empty_bundle" : "too_many_definitions",
                    "Expected one %s, found %s definitions".formatted(kind.label(), documents.size())));
        }
        return reader.result();
    }

    private ParsedBundle result() {
        return new ParsedBundle(definitions, broken, violations);
    }

    private static List<Entry> entries(List<Node> documents) {
        var entries = new ArrayList<Entry>();
        for (Node document : documents) {
            for (Node node : definitionsOf(document)) {
                entries.add(new Entry(node, entries.size(), Optional.empty()));
            }
        }
        return entries;
    }

    private static List<Node> definitionsOf(Node root) {
        if (root instanceof MappingNode mapping && mapping.getValue().size() == 1) {
            NodeTuple only = mapping.getValue().getFirst();
            if (isKey(only, "definitions") && only.getValueNode() instanceof SequenceNode sequence) {
                return sequence.getValue();
            }
        }
        return root instanceof SequenceNode sequence ? sequence.getValue() : List.of(root);
    }

    private void add(Entry entry) {
        HeavyWork.goOn();
        String position = "definitions[" + entry.index() + "]";
        if (!(entry.node() instanceof MappingNode mapping)) {
            violations.add(Violation.of(
                            position,
                            "wrong_type",
                            "A definition is a mapping with 'kind' and 'name', not " + Scalars.describe(entry.node()))
                    .atLine(entry.line()));
            return;
        }
        var header = violations.part(position);
        var kind = kind(mapping, entry, header);
        var name = kind.isEmpty() ? Optional.<String>empty() : name(mapping, entry, kind.get(), header);
        if (kind.isPresent()) {
            String root = name.map(value -> plural(kind.get()) + "." + value).orElse(position);
            read(mapping, entry, kind.get(), name, violations.part(root));
        }
    }

    private void read(
            MappingNode mapping, Entry entry, DefinitionKind kind, Optional<String> name, Violations.Part findings) {
        var definition = DefinitionReader.read(kind, name.orElse("unnamed"), mapping, findings);
        name.ifPresent(value -> checkFirst(new BrokenDefinition(kind, value), entry, findings));
        if (name.isPresent() && definition.isPresent()) {
            definitions.add(new ParsedDefinition(definition.get(), findings));
        } else {
            name.ifPresent(value -> broken.add(new BrokenDefinition(kind, value)));
        }
    }

    private void checkFirst(BrokenDefinition identity, Entry entry, Violations.Part findings) {
        Integer first = firstLines.putIfAbsent(identity, entry.line());
        if (first != null) {
            findings.addAt(
                    entry.line(),
                    "",
                    "duplicate_definition",
                    "The %s '%s' is already defined on line %s: keep one or rename one"
                            .formatted(identity.kind().label(), identity.name(), first));
        }
    }

    private static Optional<DefinitionKind> kind(MappingNode mapping, Entry entry, Violations.Part findings) {
        findings.locate("", Scalars.line(mapping));
        var node = value(mapping, "kind");
        if (node.isEmpty()) {
            if (entry.expected().isEmpty()) {
                findings.add(
                        "kind",
                        "missing_field",
                        "'kind' is missing: it is one of %s".formatted(String.join(", ", KINDS)));
            }
            return entry.expected().map(BrokenDefinition::kind);
        }
        findings.locate("kind", Scalars.line(node.get()));
        String given = Scalars.text(node.get()).orElse("");
        var kind = Arrays.stream(DefinitionKind.values())
                .filter(candidate -> candidate.yamlName().equals(given))
                .findFirst();
        if (kind.isEmpty()) {
            reportUnknownKind(node.get(), given, findings);
        } else if (entry.expected().isPresent() && entry.expected().get().kind() != kind.get()) {
            DefinitionKind expected = entry.expected().get().kind();
            findings.add(
                    "kind",
                    "kind_mismatch",
                    "The address is of a %s, but kind is %s: make them agree or leave kind out"
                            .formatted(expected.label(), given));
            return Optional.empty();
        }
        return kind;
    }

    private static void reportUnknownKind(Node node, String given, Violations.Part findings) {
        findings.add(
                "kind",
                "unknown_kind",
                "kind is one of %s, not %s".formatted(String.join(", ", KINDS), Scalars.describe(node)),
                Suggestions.nearest(given, KINDS));
    }

    private static Optional<String> name(
            MappingNode mapping, Entry entry, DefinitionKind kind, Violations.Part findings) {
        var node = value(mapping, "name");
        var expected = entry.expected().map(BrokenDefinition::name);
        if (node.isEmpty() && expected.isEmpty()) {
            findings.add("name", "missing_field", "'name' is missing: every %s has one".formatted(kind.label()));
            return Optional.empty();
        }
        node.ifPresent(value -> findings.locate("name", Scalars.line(value)));
        var given = node.isEmpty() ? expected : Scalars.text(node.get());
        if (given.isEmpty()) {
            findings.add(
                    "name",
                    "wrong_type",
                    "A name is a text, not %s; put it in quotes".formatted(Scalars.describe(node.orElseThrow())));
        } else if (!Names.isValid(given.get())) {
            findings.add(
                    "name",
                    "invalid_name",
                    "'%s' is not a valid %s name: use %s".formatted(given.get(), kind.label(), Names.rule()));
            return Optional.empty();
        } else if (expected.isPresent() && !expected.equals(given)) {
            findings.add(
                    "name",
                    "name_mismatch",
                    "The address names '%s', but name is '%s': make them agree or leave name out"
                            .formatted(expected.get(), given.get()));
        }
        return given;
    }

    private static Optional<Node> value(MappingNode mapping, String field) {
        return mapping.getValue().stream()
                .filter(tuple -> isKey(tuple, field))
                .map(NodeTuple::getValueNode)
                .filter(node -> !Scalars.isNull(node))
                .findFirst();
    }

    private static boolean isKey(NodeTuple tuple, String field) {
        return tuple.getKeyNode() instanceof ScalarNode key && key.getValue().equals(field);
    }

    /** The kind as paths name it, such as {@code feature_views}. */
    private static String plural(DefinitionKind kind) {
        return kind == DefinitionKind.ENTITY ? "entities" : kind.yamlName() + "s";
    }
}
