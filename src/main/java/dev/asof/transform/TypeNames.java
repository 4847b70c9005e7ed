package dev.asof.transform;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The types of expressions under the names users know them by. */
final class TypeNames {

    private static final Map<CelType, ScalarType> SCALARS = Map.of(
            SimpleType.BOOL, ScalarType.BOOLEAN,
            SimpleType.INT, ScalarType.INT64,
            SimpleType.DOUBLE, ScalarType.FLOAT64,
            SimpleType.STRING, ScalarType.STRING,
            SimpleType.BYTES, ScalarType.BYTES,
            SimpleType.TIMESTAMP, ScalarType.TIMESTAMP);

    private static final Map<String, String> BY_CHECKER_NAME = Map.ofEntries(
            Map.entry("bool", "BOOLEAN"),
            Map.entry("int", "INT64"),
            Map.entry("double", "FLOAT64"),
            Map.entry("string", "STRING"),
            Map.entry("bytes", "BYTES"),
            Map.entry("timestamp", "TIMESTAMP"),
            Map.entry("google.protobuf.Timestamp", "TIMESTAMP"),
            Map.entry("null_type", "null"),
            Map.entry("uint", "an unsigned integer"),
            Map.entry("map", "a map"),
            Map.entry("dyn", "a value of mixed type"));

    private static final Pattern WORD = Pattern.compile("[a-zA-Z_.]+");
    private static final Pattern LIST_OF = Pattern.compile("list\\(([A-Z0-9]+)\\)");

    private TypeNames() {}

    /** The type the checker knows values of a column by: widths don't matter to it. */
    static CelType cel(ValueType type) {
        return switch (type) {
            case ScalarType scalar -> cel(scalar);
            case ListType list -> dev.cel.common.types.ListType.create(cel(list.element()));
        };
    }

    private static CelType cel(ScalarType type) {
        return switch (type) {
            case BOOLEAN -> SimpleType.BOOL;
            case INT32, INT64 -> SimpleType.INT;
            case FLOAT32, FLOAT64 -> SimpleType.DOUBLE;
            case STRING -> SimpleType.STRING;
            case BYTES -> SimpleType.BYTES;
            case TIMESTAMP -> SimpleType.TIMESTAMP;
        };
    }

    /** The type of values an expression gives; empty for what no feature can hold, such as a list of lists. */
    static Optional<ValueType> value(CelType type) {
        if (type.kind() == CelKind.LIST) {
            return Optional.ofNullable(SCALARS.get(type.parameters().getFirst()))
                    .map(ListType::of);
        }
        return Optional.ofNullable(SCALARS.get(type));
    }

    static String of(CelType type) {
        return value(type).map(ValueType::typeName).orElseGet(() -> translate(type.name()));
    }

    static List<String> of(List<CelType> types) {
        return types.stream().map(TypeNames::of).toList();
    }

    /** Replaces the names the checker uses in its messages. */
    static String translate(String checkerTypes) {
        String named =
                WORD.matcher(checkerTypes).replaceAll(word -> BY_CHECKER_NAME.getOrDefault(word.group(), word.group()));
        return LIST_OF.matcher(named).replaceAll("$1_LIST");
    }

    /** {@code STRING and INT64}, for the operands of an operator. */
    static String joined(List<String> names) {
        int last = names.size() - 1;
        return last < 1
                ? String.join("", names)
                : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
    }
}
