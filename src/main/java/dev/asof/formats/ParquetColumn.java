package dev.asof.formats;

import dev.asof.shared.ListType;
import dev.asof.shared.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.Dictionary;
import org.apache.parquet.io.ParquetDecodingException;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/**
 * A Parquet column of single values or lists of them, read value by value. Values of a dictionary are converted once a
 * page's dictionary, not once a row.
 */
final class ParquetColumn extends PrimitiveConverter {

    /** More don't fit into a row. */
    private static final int MAX_ELEMENTS = RequestBody.MAX_RECORD_LENGTH / Long.BYTES;

    private final ColumnDescriptor descriptor;
    private final ParquetValues values;
    private final PrimitiveType.PrimitiveTypeName primitive;
    private final int maxDefinition;
    private final int listDefinition;
    private final int elementsDefinition;
    private @Nullable ColumnReader cursor;
    private @Nullable Dictionary dictionary;
    private @Nullable Object[] converted = {};
    private @Nullable Object current;

    private ParquetColumn(ColumnDescriptor descriptor, ParquetValues values, MessageType schema) {
        this.descriptor = descriptor;
        this.values = values;
        this.primitive = descriptor.getPrimitiveType().getPrimitiveTypeName();
        this.maxDefinition = descriptor.getMaxDefinitionLevel();
        this.listDefinition = schema.getType(descriptor.getPath()[0]).isRepetition(Type.Repetition.OPTIONAL) ? 1 : 0;
        this.elementsDefinition = listDefinition + 1;
    }

    /**
     * The column that a field is, empty for structs, maps, lists of lists and types that have no value of ours.
     *
     * @param meaning as in {@link ParquetValues#of}
     */
    static Optional<ParquetColumn> of(MessageType schema, Type field, ParquetArrowSchema.@Nullable Meaning meaning) {
        var leaf = leafPath(field);
        if (leaf.isEmpty()) {
            return Optional.empty();
        }
        var descriptor = schema.getColumnDescription(leaf.get().toArray(String[]::new));
        if (descriptor.getMaxRepetitionLevel() > 1) {
            return Optional.empty();
        }
        return ParquetValues.of(descriptor.getPrimitiveType(), meaning)
                .map(values -> new ParquetColumn(descriptor, values, schema));
    }

    /** The way down through groups of one field, which is how lists of both encodings are nested. */
    private static Optional<List<String>> leafPath(Type field) {
        var path = new ArrayList<String>();
        path.add(field.getName());
        Type type = field;
        boolean repeated = type.isRepetition(Type.Repetition.REPEATED);
        while (!type.isPrimitive()) {
            if (repeated && path.size() > 2 || type.asGroupType().getFieldCount() != 1) {
                return Optional.empty();
            }
            type = type.asGroupType().getType(0);
            repeated |= type.isRepetition(Type.Repetition.REPEATED);
            path.add(type.getName());
        }
        return path.size() == 1 || repeated && path.size() <= 3 ? Optional.of(path) : Optional.empty();
    }

    ColumnDescriptor descriptor() {
        return descriptor;
    }

    /** What a field is of which {@link #of} makes no column. */
    static String described(Type field, ParquetArrowSchema.@Nullable Meaning meaning) {
        if (meaning == ParquetArrowSchema.Meaning.DURATION) {
            return field.isPrimitive() ? "a duration" : "a list of durations";
        }
        var annotation = field.getLogicalTypeAnnotation();
        if (annotation instanceof LogicalTypeAnnotation.ListLogicalTypeAnnotation) {
            return "a list of something that can't be read";
        }
        if (annotation != null) {
            return "of Parquet's type " + annotation;
        }
        return field.isPrimitive()
                ? "of Parquet's type " + field.asPrimitiveType().getPrimitiveTypeName()
                : "a struct";
    }

    Optional<ValueType> type() {
        return values.type().map(type -> descriptor.getMaxRepetitionLevel() == 0 ? type : ListType.of(type));
    }

    Optional<ColumnForm> form() {
        return values.form();
    }

    void startAt(ColumnReader reader) {
        cursor = reader;
    }

    /** The value of the next row. */
    @Nullable
    Object next() {
        var reader = cursor;
        if (reader == null) {
            throw new IllegalStateException("No row group is open");
        }
        if (descriptor.getMaxRepetitionLevel() > 0) {
            return nextList(reader);
        }
        Object value = null;
        if (reader.getCurrentDefinitionLevel() == maxDefinition) {
            reader.writeCurrentValueToConverter();
            value = current;
        }
        reader.consume();
        return value;
    }

    private @Nullable Object nextList(ColumnReader reader) {
        int definition = reader.getCurrentDefinitionLevel();
        if (definition < elementsDefinition) {
            reader.consume();
            return definition < listDefinition ? null : List.of();
        }
        var elements = new ArrayList<@Nullable Object>();
        do {
            if (reader.getCurrentDefinitionLevel() == maxDefinition) {
                reader.writeCurrentValueToConverter();
                elements.add(current);
            } else {
                elements.add(null);
            }
            reader.consume();
            if (elements.size() > MAX_ELEMENTS) {
                throw new ParquetDecodingException("a list has more than %s elements".formatted(MAX_ELEMENTS));
            }
        } while (reader.getCurrentRepetitionLevel() > 0);
        return elements;
    }

    @Override
    public boolean hasDictionarySupport() {
        return true;
    }

    @Override
    public void setDictionary(Dictionary pageDictionary) {
        dictionary = pageDictionary;
        converted = new @Nullable Object[pageDictionary.getMaxId() + 1];
    }

    @Override
    public void addValueFromDictionary(int id) {
        Object value = converted[id];
        if (value == null && dictionary != null) {
            decode(dictionary, id);
            value = current;
            converted[id] = value;
        }
        current = value;
    }

    private void decode(Dictionary source, int id) {
        switch (primitive) {
            case INT32 -> addInt(source.decodeToInt(id));
            case INT64 -> addLong(source.decodeToLong(id));
            case FLOAT -> addFloat(source.decodeToFloat(id));
            case DOUBLE -> addDouble(source.decodeToDouble(id));
            case BOOLEAN -> addBoolean(source.decodeToBoolean(id));
            case BINARY, FIXED_LEN_BYTE_ARRAY, INT96 -> addBinary(source.decodeToBinary(id));
        }
    }

    @Override
    public void addBinary(Binary value) {
        current = values.ofBinary().apply(value);
    }

    @Override
    public void addInt(int value) {
        current = values.ofInt().apply(value);
    }

    @Override
    public void addLong(long value) {
        current = values.ofLong().apply(value);
    }

    @Override
    public void addBoolean(boolean value) {
        current = value;
    }

    @Override
    public void addFloat(float value) {
        current = value;
    }

    @Override
    public void addDouble(double value) {
        current = value;
    }
}
