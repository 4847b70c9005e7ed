package dev.asof.shared;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** Says what is wrong with JSON that could not be read, in words of the API and not of the library that read it. */
public final class JsonFailures {

    private static final Pattern LIBRARY_TALK = Pattern.compile(" \\(start marker at \\[.*?]\\)"
            + "|, from `[^`]*`"
            + "|: enable `[^`]*` to allow"
            + "| \\(not recognized as one since [^)]*\\)");

    private JsonFailures() {}

    /** What is wrong, with its path where the JSON's form was known and its line where it stands in a text. */
    public static Violation violation(JacksonException failure) {
        var violation = switch (failure) {
            case UnrecognizedPropertyException unknown -> unknownField(unknown);
            case InputCoercionException coercion -> Violation.of(path(coercion), "type", explanation(coercion));
            case DatabindException binding
            when isEmpty(binding) ->
                Violation.of(null, "malformed_json", "The body is empty: a JSON object is expected");
            case MismatchedInputException binding ->
                Violation.of(path(binding), "type", "Expected " + expected(binding.getTargetType()));
            case DatabindException binding -> Violation.of(path(binding), "type", "Not of the expected type");
            default -> Violation.of(null, "malformed_json", explanation(failure));
        };
        var location = failure.getLocation();
        return location == null || location.getLineNr() < 1 ? violation : violation.atLine(location.getLineNr());
    }

    /** Where in the text reading failed, such as {@code " at line 1, column 7"}; empty when that is not known. */
    public static String where(JacksonException failure) {
        var location = failure.getLocation();
        return location == null || location.getLineNr() < 1 || location.getColumnNr() < 1
                ? ""
                : " at line %s, column %s".formatted(location.getLineNr(), location.getColumnNr());
    }

    /** The parser's own explanation, without its talk of features and sources. */
    public static String explanation(JacksonException failure) {
        String message = String.valueOf(failure.getOriginalMessage());
        return LIBRARY_TALK
                .matcher(failure instanceof StreamConstraintsException ? inPlainDigits(message) : message)
                .replaceAll("");
    }

    /** The library writes limits in the digits of the machine's language. */
    private static String inPlainDigits(String message) {
        return message.codePoints()
                .map(c -> Character.isDigit(c) ? '0' + Character.digit(c, 10) : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static Violation unknownField(UnrecognizedPropertyException unknown) {
        Collection<Object> ids = unknown.getKnownPropertyIds();
        List<String> known =
                ids == null ? List.of() : ids.stream().map(String::valueOf).toList();
        return Violation.of(
                path(unknown),
                "unknown_field",
                "There is no field '%s' here: use %s".formatted(unknown.getPropertyName(), String.join(", ", known)),
                Suggestions.nearest(unknown.getPropertyName(), known));
    }

    private static boolean isEmpty(DatabindException failure) {
        return failure.getPath().isEmpty()
                && String.valueOf(failure.getOriginalMessage()).startsWith("No content");
    }

    private static String expected(@Nullable Class<?> type) {
        if (type == null) {
            return "another type";
        }
        if (type == Boolean.class || type == boolean.class) {
            return "true or false";
        }
        if (type == Integer.class || type == int.class || type == Long.class || type == long.class) {
            return "a whole number";
        }
        if (type == String.class) {
            return "a text";
        }
        return Collection.class.isAssignableFrom(type)
                ? "a list"
                : Map.class.isAssignableFrom(type) || type.isRecord() ? "an object" : "another type";
    }

    private static @Nullable String path(JacksonException failure) {
        var path = new StringBuilder();
        for (JacksonException.Reference step : failure.getPath()) {
            if (step.getPropertyName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getPropertyName());
            }
        }
        return path.isEmpty() ? null : path.toString();
    }
}
