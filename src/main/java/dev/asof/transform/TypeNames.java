package dev.asof.transform;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import dev.asof.transform.ExpressionCompiler.Input;
import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import java.util.ArrayList;
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
    private static final Pattern MAP_OF = Pattern.compile("a map\\(([A-Z0-9]+), (.+?)\\)");

    private TypeNames() {}

    /** The type the checker knows an input by: widths don't matter to it. */
    static CelType cel(Input input) {
        CelType value = cel(input.type());
        return input.key().<CelType>map(key -> MapType.create(cel(key), value)).orElse(value);
    }

    private static CelType cel(ValueType type) {
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
        if (type.kind() == CelKind.MAP) {
            return mapOf(of(type.parameters().get(0)), of(type.parameters().get(1)));
        }
        return value(type).map(ValueType::typeName).orElseGet(() -> translate(type.name()));
    }

    /** Of values of any type the second name is that of a type parameter. */
    private static String mapOf(String key, String value) {
        String map = "a map from " + key;
        return value.equals(Type.ELEMENT.cel().name()) ? map : map + " to " + value;
    }

    /** The types in a list of the checker's, where those of a map or list are between brackets. */
    static List<String> split(String checkerTypes) {
        var types = new ArrayList<String>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i < checkerTypes.length(); i++) {
            char c = checkerTypes.charAt(i);
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (c == ',' && depth == 0) {
                types.add(checkerTypes.substring(start, i));
                start = i + 1;
            }
        }
        types.add(checkerTypes.substring(start));
        return types.stream().map(String::strip).toList();
    }

    static List<String> of(List<CelType> types) {
        return types.stream().map(TypeNames::of).toList();
    }

    /** Replaces the names the checker uses in its messages. */
    static String translate(String checkerTypes) {
        String named =
                WORD.matcher(checkerTypes).replaceAll(word -> BY_CHECKER_NAME.getOrDefault(word.group(), word.group()));
        String withLists = LIST_OF.matcher(named).replaceAll("$1_LIST");
        return MAP_OF.matcher(withLists).replaceAll(map -> mapOf(map.group(1), map.group(2)));
    }

    /** {@code STRING and INT64}, for the operands of an operator. */
    static String joined(List<String> names) {
        int last = names.size() - 1;
        return last < 1
                ? String.join("", names)
                : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
    }
}
