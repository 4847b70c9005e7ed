package dev.asof.formats;

import dev.asof.shared.ListType;
import dev.asof.shared.ValueType;
import java.util.Optional;

/**
 * A column of the training rows.
 *
 * @param form what its texts are, or the texts in its lists
 */
public record ResultColumn(String name, ValueType type, Optional<ColumnForm> form) {

    private static final String LIST = "_LIST";

    public ResultColumn(String name, ValueType type) {
        this(name, type, Optional.empty());
    }

    /** The type as manifests and hashes name it. */
    public String typeName() {
        return form.map(texts -> texts.typeName() + (type instanceof ListType ? LIST : ""))
                .orElseGet(type::typeName);
    }

    /** Reads a column whose type is named as {@link #typeName} does. */
    public static ResultColumn named(String name, String typeName) {
        boolean isList = typeName.endsWith(LIST);
        var form = ColumnForm.parse(isList ? typeName.substring(0, typeName.length() - LIST.length()) : typeName);
        var plainName = form.isEmpty() ? typeName : isList ? "STRING_LIST" : "STRING";
        return new ResultColumn(name, ValueType.parse(plainName).orElseThrow(), form);
    }
}
