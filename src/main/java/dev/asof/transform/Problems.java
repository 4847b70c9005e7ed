package dev.asof.transform;

import dev.asof.shared.Suggestions;
import dev.asof.transform.ExpressionException.Problem;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelSourceLocation;
import dev.cel.common.ast.CelExpr;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Collects what is wrong with the types of one expression, said in the words of our types. */
final class Problems {

    private static final Pattern NO_OVERLOAD =
            Pattern.compile("found no matching overload for '.*?' applied to '(.*)' \\(candidates: .*", Pattern.DOTALL);
    private static final Pattern NO_FIELD = Pattern.compile("type '(.*)' does not support field selection");

    /** {@code (a, b)} for a call {@code f(a, b)}, {@code a.(b)} for a call {@code a.f(b)}. */
    private static final Pattern ARGUMENTS = Pattern.compile("(?:(.+)\\.)?\\((.*)\\)");

    /** The checker's mark on an argument that has a problem of its own, reported with it. */
    private static final String FAULTY_ARGUMENT = "*error*";

    /** Of one expression; there may be thousands of the same kind. */
    private static final int MOST = 100;

    private final CelAbstractSyntaxTree parsed;
    private final Inputs inputs;
    private final Map<Long, CelExpr> expressions = new HashMap<>();

    /** Selections of a field, by the id of what they select from. */
    private final Map<Long, CelExpr> selections = new HashMap<>();

    private final Set<Problem> found = new LinkedHashSet<>();

    Problems(CelAbstractSyntaxTree parsed, Inputs inputs) {
        this.parsed = parsed;
        this.inputs = inputs;
        index(parsed.getExpr());
    }

    /** Throws what was found, in the order of its positions, if anything was. */
    void throwIfAny() throws ExpressionException {
        if (!found.isEmpty()) {
            throw new ExpressionException(found.stream()
                    .sorted(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column))
                    .toList());
        }
    }

    void add(CelExpr at, String code, String message, List<String> suggestions) {
        if (found.size() == MOST) {
            return;
        }
        CelSourceLocation start = startOf(at);
        found.add(new Problem(start.getLine(), start.getColumn() + 1, code, message, suggestions));
    }

    /** A problem of the expression as a whole. */
    void addForWhole(String code, String message) {
        found.add(new Problem(1, 1, code, message, List.of()));
    }

    /** Takes over what CEL's checker found. */
    void add(CelIssue issue) {
        CelExpr at = expressions.getOrDefault(issue.getExprId(), parsed.getExpr());
        Matcher noOverload = NO_OVERLOAD.matcher(issue.getMessage());
        Matcher noField = NO_FIELD.matcher(issue.getMessage());
        if (issue.getMessage().startsWith("undeclared reference")) {
            addUnknown(at);
        } else if (noOverload.matches()) {
            addNoOverload(at, noOverload.group(1));
        } else if (noField.matches()) {
            addNoField(at, noField.group(1));
        } else if (at.getKind() != CelExpr.ExprKind.Kind.STRUCT) {
            add(at, "type_mismatch", issue.getMessage(), List.of());
        }
    }

    /** No overload of the called function takes arguments of these types. */
    void noOverload(CelExpr call, List<String> types) {
        String function = call.call().function();
        String operator = operatorSign(function);
        if (Environment.operations(function).getFirst().isOperator()) {
            String message = "%s cannot be applied to %s".formatted(operator, TypeNames.joined(types));
            add(call, "type_mismatch", message, List.of());
        } else {
            String message = "%s cannot be applied to (%s): it takes %s"
                    .formatted(function, String.join(", ", types), accepted(function));
            add(call, "type_mismatch", message, List.of());
        }
    }

    private void addNoOverload(CelExpr call, String checkerTypes) {
        if (checkerTypes.contains(FAULTY_ARGUMENT)) {
            return;
        }
        Matcher arguments = ARGUMENTS.matcher(checkerTypes);
        if (arguments.matches()) {
            noOverload(
                    call,
                    Stream.of(Optional.ofNullable(arguments.group(1)).orElse(""), arguments.group(2))
                            .flatMap(types -> TypeNames.split(types).stream())
                            .filter(type -> !type.isEmpty())
                            .map(TypeNames::translate)
                            .toList());
        }
    }

    private void addNoField(CelExpr select, String checkerType) {
        if (!checkerType.contains(FAULTY_ARGUMENT)) {
            String message = "%s has no field '%s': %s are single values"
                    .formatted(TypeNames.translate(checkerType), select.select().field(), inputs.plural());
            add(select, "type_mismatch", message, List.of());
        }
    }

    private void addUnknown(CelExpr at) {
        if (at.getKind() == CelExpr.ExprKind.Kind.CALL) {
            String name = at.call().function();
            unknown(at, "function", name, () -> Suggestions.nearest(name, Environment.functionNames()));
        } else if (at.getKind() == CelExpr.ExprKind.Kind.IDENT) {
            String name = wholeName(at);
            unknown(at, inputs.kindOf(name), name, () -> inputs.nearest(name));
        } else {
            add(at, "type_mismatch", "maps and messages are not supported", List.of());
        }
    }

    /** An identifier with what is selected from it, where names have qualifiers. */
    private String wholeName(CelExpr ident) {
        String name = ident.ident().name();
        CelExpr selection = selections.get(ident.id());
        return selection == null || !inputs.areQualified()
                ? name
                : name + "." + selection.select().field();
    }

    private void unknown(CelExpr at, String kind, String name, Supplier<List<String>> suggestions) {
        if (found.size() == MOST) {
            return;
        }
        List<String> nearest = suggestions.get();
        add(
                at,
                "unknown_" + kind.replace(' ', '_'),
                "There is no %s '%s'%s".formatted(kind, name, didYouMean(nearest)),
                nearest);
    }

    static String didYouMean(List<String> nearest) {
        return nearest.isEmpty() ? "" : "; did you mean %s?".formatted(String.join(", ", nearest));
    }

    private static String operatorSign(String function) {
        return switch (function) {
            case "@in" -> "'in'";
            case "_[_]" -> "'[ ]'";
            case "_?_:_" -> "'? :'";
            default -> "'" + function.replace("_", "") + "'";
        };
    }

    private static String accepted(String function) {
        List<List<String>> accepted = Environment.operations(function).stream()
                .map(operation -> TypeNames.of(operation.parameters()))
                .toList();
        return accepted.stream()
                .map(names -> IntStream.range(0, names.size())
                        .mapToObj(i -> accepted(names, i, accepted))
                        .collect(Collectors.joining(", ", "(", ")")))
                .distinct()
                .collect(Collectors.joining(" or "));
    }

    /** The type of one argument, or a word for several where the function takes any of them in its place. */
    private static String accepted(List<String> names, int argument, List<List<String>> all) {
        String name = names.get(argument);
        if (name.startsWith("list")) {
            return "a list";
        }
        var other = new ArrayList<>(names);
        other.set(
                argument,
                name.startsWith("INT64") ? name.replace("INT64", "FLOAT64") : name.replace("FLOAT64", "INT64"));
        boolean any = !other.equals(names) && all.contains(other);
        return !any ? name : name.endsWith("_LIST") ? "a list of numbers" : "a number";
    }

    /** CEL puts a call of a function at its bracket; we put it at its name. */
    private CelSourceLocation startOf(CelExpr expression) {
        int offset = parsed.getSource().getPositionsMap().getOrDefault(expression.id(), 0);
        if (expression.getKind() == CelExpr.ExprKind.Kind.CALL) {
            String name = expression.call().function();
            int start = offset - name.length();
            if (start >= 0
                    && parsed.getSource()
                            .getContent()
                            .slice(start, offset)
                            .toString()
                            .equals(name)) {
                offset = start;
            }
        }
        return parsed.getSource().getOffsetLocation(offset).orElse(CelSourceLocation.of(1, 0));
    }

    private void index(CelExpr expression) {
        expressions.put(expression.id(), expression);
        switch (expression.getKind()) {
            case CALL -> {
                if (expression.call().target().isPresent()) {
                    index(expression.call().target().get());
                }
                for (CelExpr argument : expression.call().args()) {
                    index(argument);
                }
            }
            case SELECT -> {
                selections.put(expression.select().operand().id(), expression);
                index(expression.select().operand());
            }
            case LIST -> expression.list().elements().forEach(this::index);
            case MAP ->
                expression.map().entries().forEach(entry -> {
                    index(entry.key());
                    index(entry.value());
                });
            case STRUCT -> expression.struct().entries().forEach(entry -> index(entry.value()));
            case CONSTANT, IDENT, COMPREHENSION, NOT_SET -> {}
        }
    }
}
