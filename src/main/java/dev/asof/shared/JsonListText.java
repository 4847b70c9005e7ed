package dev.asof.shared;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/** Reads the JSON array that a list is written as in CSV. */
final class JsonListText {

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private JsonListText() {}

    static List<@Nullable Object> parse(String text, ListType type) throws ValueConversionException {
        var elements = new ArrayList<@Nullable Object>();
        try (var parser = JSON.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw malformed(text, type);
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                elements.add(element(parser, text, type));
            }
            if (parser.nextToken() != null) {
                throw malformed(text, type);
            }
            return elements;
        } catch (JacksonException e) {
            throw malformed(text, type);
        }
    }

    private static @Nullable Object element(JsonParser parser, String text, ListType type)
            throws ValueConversionException {
        return switch (parser.currentToken()) {
            case VALUE_NULL -> null;
            case VALUE_TRUE -> Boolean.TRUE;
            case VALUE_FALSE -> Boolean.FALSE;
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT -> parser.getNumberValue();
            case VALUE_NUMBER_FLOAT -> parser.isNaN() ? (Object) parser.getDoubleValue() : parser.getDecimalValue();
            case null, default -> throw malformed(text, type);
        };
    }

    private static ValueConversionException malformed(String text, ListType type) {
        return ValueConverter.unexpected(type, "a JSON array of " + type.element(), text);
    }
}
