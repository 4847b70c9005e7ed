package dev.asof.registry.reading;

import dev.asof.registry.Expectation;
import dev.asof.registry.SourceColumn;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Shown;
import dev.asof.shared.Suggestions;
import dev.asof.shared.TextPattern;
import dev.asof.shared.ValueConversionException;
import dev.asof.shared.ValueConverter;
import dev.asof.shared.ValueType;
import dev.asof.shared.Violations;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads expectations. Bounds and listed values become values of their column's class, except that a bound of an
 * integer column that is no whole INT64 stays a Double.
 */
final class ExpectationReader {

    private static final List<String> RULES = List.of("between", "in", "matches", "unique");
    private static final List<String> FIELDS = List.of("column", "between", "in", "matches", "unique");

    private static final int SHOWN_OF_PATTERN = 100;

    private final Fields fields;
    private final Map<String, Optional<SourceColumn>> columns;

    private ExpectationReader(Fields fields, Map<String, Optional<SourceColumn>> columns) {
        this.fields = fields;
        this.columns = columns;
    }

    /** @param columns every column named in the source, those of unknown type empty */
    static Optional<Expectation> read(
            Fields.Item item, Violations.Part findings, Map<String, Optional<SourceColumn>> columns) {
        return Fields.of(item.node(), item.path(), findings, "An expectation", FIELDS)
                .flatMap(fields -> new ExpectationReader(fields, columns).read());
    }

    /** Whether a source has a column of that name; reported with near misses where it has others only. */
    static boolean checkKnown(
            String column, String path, Violations.Part findings, Map<String, Optional<SourceColumn>> columns) {
        if (columns.isEmpty() || columns.containsKey(column)) {
            return true;
        }
        findings.add(
                path,
                "unknown_column",
                "The source has no column '%s'; its columns are %s".formatted(column, Shown.names(columns.keySet())),
                () -> Suggestions.nearest(column, columns.keySet()));
        return false;
    }

    /** Checks one more column of a list of distinct columns. */
    static void checkListed(
            String column,
            List<String> before,
            String path,
            Violations.Part findings,
            Map<String, Optional<SourceColumn>> columns) {
        if (before.contains(column)) {
            findings.add(path, "duplicate_column", "The column '%s' is listed twice: keep one".formatted(column));
        } else {
            checkKnown(column, path, findings, columns);
        }
    }

    private Optional<Expectation> read() {
        var rules = RULES.stream().filter(fields::has).toList();
        if (rules.size() != 1) {
            fields.report(
                    "",
                    rules.isEmpty() ? "missing_field" : "conflicting_fields",
                    "An expectation has exactly one of %s, not %s of them"
                            .formatted(String.join(", ", RULES), rules.size()));
            return Optional.empty();
        }
        String rule = rules.getFirst();
        if (rule.equals("unique")) {
            return unique();
        }
        var column = fields.requiredText("column");
        if (column.isEmpty() || !checkKnown(column.get(), fields.path("column"), fields.findings(), columns)) {
            return Optional.empty();
        }
        return columns.getOrDefault(column.get(), Optional.empty()).flatMap(known -> switch (rule) {
            case "between" -> between(known);
            case "in" -> in(known);
            default -> matches(known);
        });
    }

    private Optional<Expectation> unique() {
        if (fields.has("column")) {
            fields.report("column", "conflicting_fields", "unique lists its columns itself: leave 'column' out");
        }
        if (fields.isEmptyList("unique")) {
            fields.report("unique", "missing_field", "unique lists one column or more");
        }
        var names = new ArrayList<String>();
        for (var item : fields.items("unique")) {
            fields.text(item.node(), item.path()).ifPresent(name -> {
                checkListed(name, names, item.path(), fields.findings(), columns);
                names.add(name);
            });
        }
        return names.isEmpty() ? Optional.empty() : Optional.of(new Expectation.Unique(names));
    }

    private Optional<Expectation> between(SourceColumn column) {
        if (!isOrdered(column.type())) {
            fields.report(
                    "between",
                    "wrong_type",
                    "between is for numbers and timestamps; the column '%s' is %s"
                            .formatted(column.name(), column.type()));
            return Optional.empty();
        }
        var items = fields.items("between");
        if (items.size() != 2) {
            reportBounds("between has two bounds: [min, max], null for an open end");
            return Optional.empty();
        }
        var min = bound(items.get(0), column);
        var max = bound(items.get(1), column);
        if (Scalars.isNull(items.get(0).node()) && Scalars.isNull(items.get(1).node())) {
            reportBounds("between has at least one bound");
            return Optional.empty();
        }
        if (min.isPresent() && max.isPresent() && isAbove(min.get(), max.get())) {
            reportBounds("The bounds are reversed: the lower one, %s, comes first".formatted(max.get()));
        }
        return Optional.of(new Expectation.Between(column.name(), min, max));
    }

    private void reportBounds(String message) {
        fields.report("between", "bad_bounds", message);
    }

    private static boolean isOrdered(ValueType type) {
        return type instanceof ScalarType scalar
                && switch (scalar) {
                    case INT32, INT64, FLOAT32, FLOAT64, TIMESTAMP -> true;
                    case BOOLEAN, STRING, BYTES -> false;
                };
    }

    private Optional<Object> bound(Fields.Item item, SourceColumn column) {
        if (Scalars.isNull(item.node())) {
            return Optional.empty();
        }
        if (column.type() == ScalarType.TIMESTAMP) {
            return value(item, column);
        }
        var number = Scalars.number(item.node());
        if (number.isEmpty()) {
            reportValue(item, "a number", Scalars.describe(item.node()));
        }
        boolean whole = column.type() == ScalarType.INT32 || column.type() == ScalarType.INT64;
        return number.map(value -> whole ? wholeOrDouble(value) : (Object) value.doubleValue());
    }

    private static Object wholeOrDouble(BigDecimal value) {
        try {
            return value.longValueExact();
        } catch (ArithmeticException e) {
            return value.doubleValue();
        }
    }

    private static boolean isAbove(Object min, Object max) {
        return switch (min) {
            case Instant instant -> instant.isAfter((Instant) max);
            default -> new BigDecimal(min.toString()).compareTo(new BigDecimal(max.toString())) > 0;
        };
    }

    private Optional<Expectation> in(SourceColumn column) {
        if (!(column.type() instanceof ScalarType scalar) || scalar == ScalarType.BYTES) {
            fields.report(
                    "in",
                    "wrong_type",
                    "in is for single values other than BYTES; the column '%s' is %s"
                            .formatted(column.name(), column.type()));
            return Optional.empty();
        }
        if (fields.isEmptyList("in")) {
            fields.report("in", "missing_field", "in lists one value or more");
        }
        var values = fields.list("in", item -> value(item, column));
        return values.isEmpty() ? Optional.empty() : Optional.of(new Expectation.In(column.name(), values));
    }

    private Optional<Expectation> matches(SourceColumn column) {
        if (column.type() != ScalarType.STRING) {
            fields.report(
                    "matches",
                    "wrong_type",
                    "matches is for STRING; the column '%s' is %s".formatted(column.name(), column.type()));
            return Optional.empty();
        }
        return fields.text("matches")
                .filter(this::checkPattern)
                .map(pattern -> new Expectation.Matches(column.name(), pattern));
    }

    private boolean checkPattern(String pattern) {
        try {
            TextPattern.compile(pattern);
            return true;
        } catch (TextPattern.RefusedException e) {
            fields.report(
                    "matches",
                    "bad_pattern",
                    "'%s' is no regular expression (RE2 syntax: no backreferences or lookaround): %s"
                            .formatted(Shown.cut(pattern, SHOWN_OF_PATTERN), e.getMessage()));
            return false;
        }
    }

    /** A value of a scalar column's class. */
    private Optional<Object> value(Fields.Item item, SourceColumn column) {
        Node node = item.node();
        Optional<Object> value = switch ((ScalarType) column.type()) {
            case BOOLEAN -> Scalars.bool(node).map(bool -> bool);
            case INT32 ->
                Scalars.integer(node).filter(number -> number.bitLength() < 32).map(BigInteger::intValue);
            case INT64 ->
                Scalars.integer(node).filter(number -> number.bitLength() < 64).map(BigInteger::longValue);
            case FLOAT32 ->
                Scalars.number(node)
                        .map(BigDecimal::floatValue)
                        .filter(Float::isFinite)
                        .map(number -> number);
            case FLOAT64 -> Scalars.number(node).map(BigDecimal::doubleValue);
            case STRING -> Scalars.text(node).filter(Scalars::isStorable).map(text -> text);
            case TIMESTAMP -> Scalars.text(node).flatMap(text -> timestamp(text, item, column));
            case BYTES -> Optional.empty();
        };
        boolean told =
                column.type() == ScalarType.TIMESTAMP && Scalars.text(node).isPresent();
        if (value.isEmpty() && !told) {
            reportValue(item, "a value of the column's type, " + column.type(), Scalars.describe(node));
        }
        return value;
    }

    private Optional<Object> timestamp(String text, Fields.Item item, SourceColumn column) {
        var options = new ValueConverter.Options(column.timeZone(), column.endOfDay(), false);
        try {
            return Optional.of(ValueConverter.convert(text, ScalarType.TIMESTAMP, options));
        } catch (ValueConversionException e) {
            fields.findings().add(item.path(), "wrong_type", e.explanation());
            return Optional.empty();
        }
    }

    private void reportValue(Fields.Item item, String expected, String found) {
        fields.findings().add(item.path(), "wrong_type", "Expected %s, not %s".formatted(expected, found));
    }
}
