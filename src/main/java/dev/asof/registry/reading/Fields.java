package dev.asof.registry.reading;

import dev.asof.shared.Durations;
import dev.asof.shared.ListType;
import dev.asof.shared.Names;
import dev.asof.shared.Suggestions;
import dev.asof.shared.ValueType;
import dev.asof.shared.Violations;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * One mapping of a definition, read field by field. Whatever is wrong with a field is added to the findings, and the
 * field reads as absent. A field that is null is absent.
 */
final class Fields {

    static final Duration MAX_DURATION = Duration.ofDays(36_525);

    private static final int MAX_ITEMS = 10_000;

    /** In characters; a query is the longest text there is reason for. */
    private static final int MAX_TEXT = 100_000;

    /** Names of types that people bring from elsewhere. */
    private static final Map<String, String> FOREIGN_TYPES = Map.ofEntries(
            Map.entry("INT", "INT64"),
            Map.entry("INTEGER", "INT64"),
            Map.entry("BIGINT", "INT64"),
            Map.entry("LONG", "INT64"),
            Map.entry("FLOAT", "FLOAT64"),
            Map.entry("DOUBLE", "FLOAT64"),
            Map.entry("NUMERIC", "FLOAT64"),
            Map.entry("TEXT", "STRING"),
            Map.entry("VARCHAR", "STRING"),
            Map.entry("STR", "STRING"),
            Map.entry("UUID", "STRING"),
            Map.entry("BOOL", "BOOLEAN"),
            Map.entry("BINARY", "BYTES"),
            Map.entry("DATE", "TIMESTAMP"),
            Map.entry("DATETIME", "TIMESTAMP"),
            Map.entry("TIMESTAMPTZ", "TIMESTAMP"));

    private final Violations.Part findings;
    private final String path;
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    /** Fields that can't be read as lists, which has been reported. */
    private final Set<String> noLists = new HashSet<>();

    private Fields(Violations.Part findings, String path) {
        this.findings = findings;
        this.path = path;
    }

    /**
     * Reads a mapping.
     *
     * @param what the mapping is, with its article, for messages
     * @param known the fields it may have; others are reported with near misses
     * @return empty, and reported, when the node is no mapping
     */
    static Optional<Fields> of(Node node, String path, Violations.Part findings, String what, List<String> known) {
        return of(node, path, findings, what, known, List.of());
    }

    /**
     * Reads a mapping.
     *
     * @param later fields that are recognised so that they can be refused with a better word than unknown
     */
    static Optional<Fields> of(
            Node node, String path, Violations.Part findings, String what, List<String> known, List<String> later) {
        findings.locate(path, Scalars.line(node));
        if (!(node instanceof MappingNode mapping)) {
            findings.add(
                    path,
                    "wrong_type",
                    "%s is a mapping with the fields %s, not %s"
                            .formatted(what, String.join(", ", known), Scalars.describe(node)));
            return Optional.empty();
        }
        var fields = new Fields(findings, path);
        mapping.getValue().forEach(tuple -> fields.put(tuple, what, known, later));
        return Optional.of(fields);
    }

    private void put(NodeTuple tuple, String what, List<String> known, List<String> later) {
        if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
            findings.addAt(Scalars.line(tuple.getKeyNode()), path, "unknown_field", "A field's name is a text");
            return;
        }
        String name = key.getValue();
        if (!known.contains(name) && !later.contains(name)) {
            findings.locate(path(name), Scalars.line(key));
            findings.add(
                    path(name),
                    "unknown_field",
                    "%s has no field '%s'; its fields are %s".formatted(what, name, String.join(", ", known)),
                    () -> Suggestions.nearest(name, known));
        } else if (nodes.containsKey(name)) {
            findings.addAt(
                    Scalars.line(key), path(name), "duplicate_field", "'%s' is given twice: keep one".formatted(name));
        } else {
            findings.locate(path(name), Scalars.line(key));
            nodes.put(name, tuple.getValueNode());
        }
    }

    String path(String field) {
        return Violations.Part.path(path, field);
    }

    Violations.Part findings() {
        return findings;
    }

    void report(String field, String code, String message) {
        findings.add(path(field), code, message);
    }

    void report(String field, String code, String message, List<String> suggestions) {
        findings.add(path(field), code, message, suggestions);
    }

    void report(String field, String code, String message, Supplier<List<String>> suggestions) {
        findings.add(path(field), code, message, suggestions);
    }

    Optional<Node> node(String field) {
        return Optional.ofNullable(nodes.get(field)).filter(node -> !Scalars.isNull(node));
    }

    boolean has(String field) {
        return node(field).isPresent();
    }

    boolean require(String field, String message) {
        if (!has(field)) {
            findings.add(path(field), "missing_field", message);
            return false;
        }
        return true;
    }

    /** Whether the field is given as a list without items. */
    boolean isEmptyList(String field) {
        return node(field)
                .filter(node ->
                        node instanceof SequenceNode list && list.getValue().isEmpty())
                .isPresent();
    }

    /** Refuses fields that belong to something else. */
    void reportMisplaced(List<String> fields, String why) {
        fields.stream()
                .filter(this::has)
                .forEach(field -> report(field, "conflicting_fields", "'%s' %s".formatted(field, why)));
    }

    Optional<String> text(String field) {
        return node(field).flatMap(node -> text(node, path(field)));
    }

    /** A text that must be given; empty and reported when it is not. */
    Optional<String> requiredText(String field) {
        return require(field, "'%s' is missing".formatted(field)) ? text(field) : Optional.empty();
    }

    /** A name of the form of {@link Names}; one of another form is reported, and returned all the same. */
    Optional<String> requiredName(String field) {
        var name = requiredText(field);
        name.ifPresent(value -> checkName(value, path(field)));
        return name;
    }

    boolean checkName(String name, String at) {
        if (!Names.isValid(name)) {
            findings.add(at, "invalid_name", "'%s' is not a valid name: use %s".formatted(name, Names.rule()));
            return false;
        }
        return true;
    }

    Optional<Boolean> bool(String field) {
        return node(field).flatMap(node -> expected(Scalars.bool(node), node, path(field), "true or false"));
    }

    Optional<Integer> integer(String field, int min) {
        return integer(field, min, Integer.MAX_VALUE, "a whole number from " + min + " up");
    }

    Optional<Integer> integer(String field, int min, int max) {
        return integer(field, min, max, "a whole number from %s to %s".formatted(min, max));
    }

    private Optional<Integer> integer(String field, int min, int max, String what) {
        return node(field).flatMap(node -> {
            var value = Scalars.integer(node)
                    .filter(number -> number.bitLength() < 32 && number.intValue() >= min && number.intValue() <= max);
            return expected(value.map(BigInteger::intValue), node, path(field), what);
        });
    }

    Optional<Double> ratio(String field) {
        return node(field).flatMap(node -> {
            var value = Scalars.number(node).map(Number::doubleValue).filter(number -> number >= 0 && number <= 1);
            return expected(value, node, path(field), "a number from 0 to 1");
        });
    }

    /** A duration of whole microseconds, up to a hundred years. */
    Optional<Duration> duration(String field, Duration min) {
        return node(field).flatMap(node -> {
            var value = Scalars.text(node)
                    .flatMap(Durations::parse)
                    .filter(duration -> duration.compareTo(min) >= 0
                            && duration.compareTo(MAX_DURATION) <= 0
                            && duration.getNano() % 1_000 == 0);
            if (value.isEmpty()) {
                String least = min.isZero() ? "from 0s" : "above zero";
                findings.add(
                        path(field),
                        "bad_duration",
                        "%s is a duration %s and up to 100 years, such as 90s, 15m, 24h, 7d or PT1H30M, not %s"
                                .formatted(field, least, Scalars.describe(node)));
            }
            return value;
        });
    }

    /** The type named by a field, with the length another gives it. */
    Optional<ValueType> type(String field, String lengthField) {
        var type = text(field).flatMap(name -> {
            var parsed = ValueType.parse(name);
            if (parsed.isEmpty()) {
                findings.add(path(field), "unknown_type", unknownType(name), () -> nearestTypes(name));
            }
            return parsed;
        });
        var length = integer(lengthField, 1);
        if (length.isEmpty() || type.isEmpty()) {
            return type;
        }
        if (type.get() instanceof ListType list) {
            return Optional.of(ListType.of(list.element(), length.get()));
        }
        report(lengthField, "wrong_type", "Only lists have a length; %s is none".formatted(type.get()));
        return type;
    }

    private static String unknownType(String name) {
        return "There is no type '%s'; the types are %s".formatted(name, String.join(", ", ValueType.allNames()));
    }

    private static List<String> nearestTypes(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        var suggestions = new LinkedHashSet<String>();
        Optional.ofNullable(FOREIGN_TYPES.get(upper)).ifPresent(suggestions::add);
        suggestions.addAll(Suggestions.nearest(upper, ValueType.allNames()));
        return List.copyOf(suggestions);
    }

    /** The items of a list with their paths; empty when absent. */
    <T> List<T> list(String field, Function<Item, Optional<T>> reader) {
        var results = new ArrayList<T>();
        items(field).forEach(item -> reader.apply(item).ifPresent(results::add));
        return results;
    }

    /** One item of a list. */
    record Item(Node node, String path) {}

    List<Item> items(String field) {
        var node = node(field);
        if (node.isEmpty()) {
            return List.of();
        }
        if (!(node.get() instanceof SequenceNode sequence)) {
            if (noLists.add(field)) {
                expected(Optional.empty(), node.get(), path(field), "a list");
            }
            return List.of();
        }
        if (sequence.getValue().size() > MAX_ITEMS) {
            if (noLists.add(field)) {
                report(field, "too_many", String.format(Locale.ROOT, "A list has at most %,d items", MAX_ITEMS));
            }
            return List.of();
        }
        var items = new ArrayList<Item>();
        for (Node child : sequence.getValue()) {
            String itemPath = path(field) + "[" + items.size() + "]";
            findings.locate(itemPath, Scalars.line(child));
            items.add(new Item(child, itemPath));
        }
        return items;
    }

    List<String> texts(String field) {
        return list(field, item -> text(item.node(), item.path()));
    }

    /** A mapping of texts to texts, in order; empty when absent. */
    Map<String, String> textMap(String field) {
        var result = new LinkedHashMap<String, String>();
        var node = node(field);
        if (node.isEmpty()) {
            return result;
        }
        if (!(node.get() instanceof MappingNode mapping)) {
            expected(Optional.empty(), node.get(), path(field), "a mapping");
            return result;
        }
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                findings.addAt(Scalars.line(tuple.getKeyNode()), path(field), "wrong_type", "A key is a text");
                continue;
            }
            String entryPath = Violations.Part.path(path(field), key.getValue());
            findings.locate(entryPath, Scalars.line(key));
            if (result.containsKey(key.getValue())) {
                findings.addAt(
                        Scalars.line(key),
                        entryPath,
                        "duplicate_field",
                        "'%s' is given twice".formatted(key.getValue()));
            }
            text(key.getValue(), entryPath);
            text(tuple.getValueNode(), entryPath).ifPresent(value -> result.put(key.getValue(), value));
        }
        return result;
    }

    Optional<String> text(Node node, String at) {
        var text = expected(Scalars.text(node), node, at, "a text");
        return text.flatMap(value -> text(value, at));
    }

    private Optional<String> text(String value, String at) {
        if (value.length() > MAX_TEXT) {
            findings.add(at, "too_long", "A text has at most %s characters; shorten it".formatted(MAX_TEXT));
            return Optional.empty();
        }
        if (!Scalars.isStorable(value)) {
            findings.add(at, "invalid_character", "The text holds a control character or half a character: remove it");
            return Optional.empty();
        }
        return Optional.of(value);
    }

    private <T> Optional<T> expected(Optional<T> value, Node node, String at, String what) {
        if (value.isEmpty()) {
            boolean unquoted = what.equals("a text") && node instanceof ScalarNode && !Scalars.isNull(node);
            findings.add(
                    at,
                    "wrong_type",
                    "Expected %s, not %s%s"
                            .formatted(what, Scalars.describe(node), unquoted ? "; put it in quotes" : ""));
        }
        return value;
    }
}
