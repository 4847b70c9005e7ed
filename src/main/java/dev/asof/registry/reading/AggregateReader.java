package dev.asof.registry.reading;

import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.FeatureDefinition.Bucketing;
import dev.asof.registry.reading.WindowReader.NamedWindow;
import dev.asof.shared.Names;
import dev.asof.shared.Suggestions;
import dev.asof.transform.window.AggregateFunction;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads an aggregate, which stands for as many features as it has windows and quantiles (rules W1 to W6). */
final class AggregateReader {

    static final List<String> FIELDS = Stream.concat(
                    Stream.of("aggregate", "where", "n", "quantile", "quantiles", "by", "max_keys"),
                    WindowReader.FIELDS.stream())
            .toList();

    /** What people write for {@code n}, known so that it can be refused with a better word. */
    static final List<String> FOREIGN_FIELDS = List.of("k");

    /** As many as a view has, whatever it says. */
    static final int MAX_FEATURES = 500;

    private static final int MAX_QUANTILES = 100;
    private static final int MAX_N = 1_000;
    private static final int DEFAULT_MAX_KEYS = 100;
    private static final int MAX_KEYS = 1_000;

    /** Names from elsewhere, and what is nearest to them here. */
    private static final Map<String, List<String>> FOREIGN_FUNCTIONS = Map.ofEntries(
            Map.entry("mean", List.of("avg")),
            Map.entry("average", List.of("avg")),
            Map.entry("std", List.of("stddev")),
            Map.entry("stddev_samp", List.of("stddev")),
            Map.entry("var", List.of("variance")),
            Map.entry("var_samp", List.of("variance")),
            Map.entry("var_pop", List.of("variance_pop")),
            Map.entry("nunique", List.of("count_distinct")),
            Map.entry("unique_count", List.of("count_distinct")),
            Map.entry("approx_count_distinct", List.of("count_distinct")),
            Map.entry("approx_unique_count", List.of("count_distinct")),
            Map.entry("median", List.of("approx_quantile")),
            Map.entry("quantile", List.of("approx_quantile")),
            Map.entry("percentile", List.of("approx_quantile")),
            Map.entry("approx_percentile", List.of("approx_quantile")),
            Map.entry("last_k", List.of("last_n")),
            Map.entry("last_distinct_n", List.of("distinct_n")),
            Map.entry("first_n", List.of("last_n", "first")),
            Map.entry("first_k", List.of("last_n", "first")),
            Map.entry("mode", List.of("top_k")),
            Map.entry("histogram", List.of("count")));

    private record NamedQuantile(String suffix, OptionalDouble value) {}

    private final Fields fields;
    private final Optional<Duration> viewHop;
    private boolean sound = true;

    private AggregateReader(Fields fields, Optional<Duration> viewHop) {
        this.fields = fields;
        this.viewHop = viewHop;
    }

    /**
     * @param viewHop of the view, for features without their own
     * @return empty, and reported, when anything is wrong
     */
    static Optional<List<AggregateFeature>> read(Fields fields, Optional<Duration> viewHop) {
        return new AggregateReader(fields, viewHop).read();
    }

    private Optional<List<AggregateFeature>> read() {
        var name = fields.requiredName("name");
        var description = fields.text("description");
        var function = fields.text("aggregate").flatMap(this::function);
        var column = fields.text("column");
        sound &= column.isPresent() == fields.has("column");
        var expression = expression("expression");
        var where = expression("where");
        Stream.of("type", "length")
                .filter(fields::has)
                .forEach(field -> refuse(
                        field,
                        "conflicting_fields",
                        "An aggregate's type follows from its function and its input: leave '%s' out"
                                .formatted(field)));
        var windows = WindowReader.read(fields, viewHop);
        sound &= windows.isPresent();
        function.ifPresent(this::checkInput);
        var size = function.map(this::size).orElse(OptionalInt.empty());
        var by = function.flatMap(this::by);
        var quantiles = function.map(this::quantiles).orElse(List.of());
        if (function.isEmpty() || name.isEmpty() || !sound) {
            return Optional.empty();
        }
        int features = windows.get().size() * quantiles.size();
        if (features > MAX_FEATURES) {
            refuse(
                    "",
                    "too_many",
                    "These windows and quantiles make %s features; a view has at most %s aggregates"
                            .formatted(features, MAX_FEATURES));
            return Optional.empty();
        }
        var all = new ArrayList<AggregateFeature>();
        for (NamedQuantile quantile : quantiles) {
            for (NamedWindow window : windows.get()) {
                all.add(new AggregateFeature(
                        name.get() + quantile.suffix() + window.suffix(),
                        function.get(),
                        column,
                        expression,
                        where,
                        window.window(),
                        size,
                        quantile.value(),
                        by,
                        description));
            }
        }
        all.forEach(feature -> checkNames(name.get(), feature));
        return sound ? Optional.of(all) : Optional.empty();
    }

    private Optional<AggregateFunction> function(String text) {
        var function = AggregateFunction.parse(text);
        if (function.isEmpty()) {
            String lower = text.toLowerCase(Locale.ROOT);
            var near = new LinkedHashSet<>(FOREIGN_FUNCTIONS.getOrDefault(lower, List.of()));
            near.addAll(Suggestions.nearest(lower, AggregateFunction.names()));
            fields.report(
                    "aggregate",
                    "unknown_function",
                    "There is no aggregate '%s'%s; there are %s"
                            .formatted(text, instead(lower), String.join(", ", AggregateFunction.names())),
                    List.copyOf(near));
        }
        return function;
    }

    private static String instead(String function) {
        return switch (function) {
            case "first_n", "first_k" -> ": only the last values are kept as a list, by last_n";
            case "mode" -> ": top_k with n: 1 gives the most frequent value";
            case "median" -> ": write approx_quantile with quantile: 0.5";
            case "histogram" -> ": count by a column, with 'by', gives how often each value came";
            default -> "";
        };
    }

    /** Without the blanks around it, so that the same condition of two features is the same. */
    private Optional<String> expression(String field) {
        var text = fields.text(field).map(String::strip);
        if (text.filter(String::isEmpty).isPresent()) {
            refuse(field, "missing_field", "'%s' is empty".formatted(field));
        }
        sound &= text.isPresent() || !fields.has(field);
        return text;
    }

    private void checkInput(AggregateFunction function) {
        if (fields.has("column") && fields.has("expression")) {
            refuse("expression", "conflicting_fields", "An aggregate has a column or an expression: give one");
        } else if (function != AggregateFunction.COUNT && !fields.has("column") && !fields.has("expression")) {
            refuse(
                    "",
                    "missing_field",
                    "%s aggregates a column or an expression: give it one".formatted(function.text()));
        }
    }

    private OptionalInt size(AggregateFunction function) {
        if (fields.has("k")) {
            refuse("k", "unknown_field", "How many values are answered is called 'n': write n instead of k", "n");
            return OptionalInt.empty();
        }
        if (!function.isSized()) {
            refuseUnless("n", "last_n, distinct_n or top_k", function);
            return OptionalInt.empty();
        }
        if (!fields.has("n")) {
            refuse(
                    "n",
                    "missing_field",
                    "%s answers a list: say with n how many values, from 1 to %s".formatted(function.text(), MAX_N));
            return OptionalInt.empty();
        }
        var n = fields.integer("n", 1, MAX_N);
        sound &= n.isPresent();
        return n.isPresent() ? OptionalInt.of(n.get()) : OptionalInt.empty();
    }

    private Optional<Bucketing> by(AggregateFunction function) {
        if (function.isSized() && fields.has("series")) {
            refuse(
                    "series",
                    "conflicting_fields",
                    "%s answers a list already: leave 'series' out, or use another function"
                            .formatted(function.text()));
        }
        if (!fields.has("by")) {
            if (fields.has("max_keys")) {
                refuse(
                        "max_keys",
                        "conflicting_fields",
                        "'max_keys' is for aggregates of each value of a column: add 'by'");
            }
            return Optional.empty();
        }
        if (!function.canBeBucketed()) {
            refuse(
                    "by",
                    "conflicting_fields",
                    "%s can't be had for each value of a column; %s can"
                            .formatted(function.text(), String.join(", ", bucketed())));
        }
        if (fields.has("series")) {
            refuse("series", "conflicting_fields", "An aggregate has 'by' or 'series', not both: leave one out");
        }
        var column = fields.text("by");
        var maxKeys = fields.has("max_keys") ? fields.integer("max_keys", 1, MAX_KEYS) : Optional.of(DEFAULT_MAX_KEYS);
        sound &= column.isPresent() && maxKeys.isPresent();
        return column.flatMap(found -> maxKeys.map(most -> new Bucketing(found, most)));
    }

    private static List<String> bucketed() {
        return Stream.of(AggregateFunction.values())
                .filter(AggregateFunction::canBeBucketed)
                .map(AggregateFunction::text)
                .toList();
    }

    /** One that says nothing for other functions. */
    private List<NamedQuantile> quantiles(AggregateFunction function) {
        if (function != AggregateFunction.APPROX_QUANTILE) {
            refuseUnless("quantile", "approx_quantile", function);
            refuseUnless("quantiles", "approx_quantile", function);
            return List.of(new NamedQuantile("", OptionalDouble.empty()));
        }
        if (fields.has("quantile") == fields.has("quantiles")) {
            refuse(
                    fields.has("quantile") ? "quantiles" : "quantile",
                    fields.has("quantile") ? "conflicting_fields" : "missing_field",
                    "approx_quantile has one 'quantile', such as 0.5, or several 'quantiles', such as [0.5, 0.95]");
            return List.of();
        }
        var one = fields.node("quantile");
        if (one.isPresent()) {
            return quantile(one.get(), fields.path("quantile"))
                    .map(value -> List.of(new NamedQuantile("", OptionalDouble.of(value.doubleValue()))))
                    .orElse(List.of());
        }
        return severalQuantiles();
    }

    private List<NamedQuantile> severalQuantiles() {
        var items = fields.items("quantiles");
        if (items.isEmpty() || items.size() > MAX_QUANTILES) {
            sound = false;
            if (fields.isEmptyList("quantiles") || !items.isEmpty()) {
                refuse(
                        "quantiles",
                        items.isEmpty() ? "missing_field" : "too_many",
                        "List from 1 to %s quantiles, such as [0.5, 0.95]".formatted(MAX_QUANTILES));
            }
            return List.of();
        }
        var quantiles = new LinkedHashMap<String, NamedQuantile>();
        for (var item : items) {
            quantile(item.node(), item.path()).ifPresent(value -> {
                var named = new NamedQuantile(suffix(value), OptionalDouble.of(value.doubleValue()));
                if (quantiles.putIfAbsent(named.suffix(), named) != null) {
                    sound = false;
                    fields.findings()
                            .add(
                                    item.path(),
                                    "duplicate_quantile",
                                    "The quantile %s is listed twice: keep one".formatted(value.toPlainString()));
                }
            });
        }
        return List.copyOf(quantiles.values());
    }

    private Optional<BigDecimal> quantile(Node node, String path) {
        var value = Scalars.number(node).filter(number -> number.signum() > 0 && number.compareTo(BigDecimal.ONE) <= 0);
        if (value.isEmpty()) {
            sound = false;
            fields.findings()
                    .add(
                            path,
                            "bad_value",
                            "A quantile is a number above 0 and up to 1, such as 0.95, not %s"
                                    .formatted(Scalars.describe(node)));
        }
        return value;
    }

    /** Such as {@code _p99_9}. */
    private static String suffix(BigDecimal quantile) {
        return "_p"
                + quantile.movePointRight(2)
                        .stripTrailingZeros()
                        .toPlainString()
                        .replace('.', '_');
    }

    private void checkNames(String base, AggregateFeature feature) {
        Stream.concat(Stream.of(feature.name()), feature.featureNames().stream())
                .filter(name -> Names.isValid(base) && !Names.isValid(name))
                .findFirst()
                .ifPresent(name -> refuse(
                        "name",
                        "invalid_name",
                        "'%s' would be the name of a feature: use %s".formatted(shortened(name), Names.rule())));
    }

    private static String shortened(String name) {
        return name.length() <= 100 ? name : name.substring(0, 100) + "…";
    }

    private void refuseUnless(String field, String functions, AggregateFunction function) {
        if (fields.has(field)) {
            refuse(
                    field,
                    "conflicting_fields",
                    "'%s' belongs to %s, not to %s: leave it out".formatted(field, functions, function.text()));
        }
    }

    private void refuse(String field, String code, String message, String... suggestions) {
        sound = false;
        fields.report(field, code, message, List.of(suggestions));
    }
}
