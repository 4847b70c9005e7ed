package dev.asof.formats;

import dev.asof.shared.AsofException;
import dev.asof.shared.JsonFailures;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/** Reads rows from {@code {"rows":[…]}}, from a bare array, or from one object after the other (NDJSON). */
public final class JsonTableReader implements TableReader {

    public static final int LONGEST_NUMBER = 1_000;

    private static final String VIOLATION = "malformed_json";
    private static final int ELEMENTS_PER_LENGTH_CHECK = 256;
    private static final double EXACT_INTEGERS = 0x1p53;
    /** More digits than these may be lost in a double. */
    private static final int DIGITS_A_DOUBLE_KEEPS = 17;
    /** No number of so few characters but an integer has the double of one. */
    private static final int EXACT_LENGTH = 16;
    /** The bits of a double that a float doesn't have. */
    private static final long BELOW_FLOAT = (1L << 29) - 1;

    private static final long HALF_OF_FLOAT = 1L << 28;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(RequestBody.MAX_RECORD_LENGTH)
                    .maxNameLength(1_000)
                    .maxNumberLength(LONGEST_NUMBER)
                    .maxNestingDepth(64)
                    .build())
            .build();

    /** Where the rows stand. */
    private enum Frame {
        OBJECT,
        ARRAY,
        LINES
    }

    private final RequestBody body;
    private final JsonParser parser;
    private final Frame frame;
    private final List<Column> columns = new ArrayList<>();
    private final Map<String, Integer> positions = new HashMap<>();
    private long[] lastSeen = new long[16];
    private long rowNumber;
    private long rowStart;
    private boolean ended;

    private JsonTableReader(RequestBody body, boolean lines) {
        this.body = body;
        try {
            this.parser = JSON.createParser(ObjectReadContext.empty(), body);
            this.frame = lines ? Frame.LINES : frame();
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    static JsonTableReader json(RequestBody body) {
        return new JsonTableReader(body, false);
    }

    static JsonTableReader lines(RequestBody body) {
        return new JsonTableReader(body, true);
    }

    private Frame frame() {
        var first = parser.nextToken();
        if (first == JsonToken.START_ARRAY) {
            return Frame.ARRAY;
        }
        if (first == JsonToken.START_OBJECT) {
            String name = parser.nextName();
            if ("rows".equals(name) && parser.nextToken() == JsonToken.START_ARRAY) {
                return Frame.OBJECT;
            }
        }
        throw malformed("Rows are sent as {\"rows\": [{…}, …]} or as an array of objects");
    }

    @Override
    public List<Column> columns() {
        return Collections.unmodifiableList(columns);
    }

    @Override
    public @Nullable Object @Nullable [] next() {
        if (ended) {
            return null;
        }
        try {
            var token = parser.nextToken();
            if (isEnd(token)) {
                checkNothingFollows();
                ended = true;
                return null;
            }
            if (token != JsonToken.START_OBJECT) {
                throw malformed("Row %s is not a JSON object".formatted(rowNumber + 1));
            }
            rowNumber++;
            return row();
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    private boolean isEnd(@Nullable JsonToken token) {
        return switch (frame) {
            case OBJECT, ARRAY -> token == JsonToken.END_ARRAY;
            case LINES -> token == null;
        };
    }

    private void checkNothingFollows() {
        if (frame == Frame.OBJECT && parser.nextToken() != JsonToken.END_OBJECT) {
            throw malformed("Beside \"rows\" the body has the property \"%s\", which means nothing here"
                    .formatted(parser.currentName()));
        }
        if (frame != Frame.LINES && parser.nextToken() != null) {
            throw malformed("Something follows the end of the rows");
        }
        if (frame == Frame.LINES && rowNumber == 0) {
            throw malformed("The body is empty: send at least one row");
        }
    }

    private @Nullable Object[] row() {
        rowStart = parser.currentTokenLocation().getByteOffset();
        @Nullable Object[] values = new @Nullable Object[columns.size()];
        int expected = 0;
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            int position = position(name, expected);
            if (lastSeen[position] == rowNumber) {
                throw malformed("Row %s has the key \"%s\" twice".formatted(rowNumber, name));
            }
            lastSeen[position] = rowNumber;
            if (position >= values.length) {
                values = Arrays.copyOf(values, Math.max(position + 1, columns.size()));
            }
            parser.nextToken();
            values[position] = value();
            checkLength();
            expected = position + 1;
        }
        return values;
    }

    private int position(String name, int expected) {
        if (expected < columns.size() && columns.get(expected).name().equals(name)) {
            return expected;
        }
        Integer known = positions.get(name);
        if (known != null) {
            return known;
        }
        int position = columns.size();
        if (position == FileLimits.MAX_COLUMNS) {
            throw malformed("The rows have more than %s different keys".formatted(FileLimits.MAX_COLUMNS));
        }
        if (position == lastSeen.length) {
            lastSeen = Arrays.copyOf(lastSeen, 2 * position);
        }
        positions.put(name, position);
        columns.add(new Column(name, Optional.empty()));
        return position;
    }

    private @Nullable Object value() {
        return switch (parser.currentToken()) {
            case START_ARRAY -> list();
            case START_OBJECT -> nested();
            case null, default -> scalar();
        };
    }

    private @Nullable Object scalar() {
        return switch (parser.currentToken()) {
            case VALUE_NULL -> null;
            case VALUE_TRUE -> Boolean.TRUE;
            case VALUE_FALSE -> Boolean.FALSE;
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT -> integer();
            case VALUE_NUMBER_FLOAT -> real();
            case null, default -> throw malformed("A value is missing");
        };
    }

    private Object integer() {
        return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                ? parser.getBigIntegerValue()
                : (Object) parser.getLongValue();
    }

    private Object real() {
        if (parser.isNaN()) {
            return parser.getDoubleValue();
        }
        double value = parser.getDoubleValue();
        return tellsAll(value) ? (Object) value : parser.getDecimalValue();
    }

    /** Whether the double nearest to what is written is as good as that, whatever type is made of it. */
    private boolean tellsAll(double value) {
        if (value == 0) {
            return parser.getString()
                    .chars()
                    .takeWhile(c -> c != 'e' && c != 'E')
                    .noneMatch(c -> c >= '1' && c <= '9');
        }
        boolean isSureInteger = Math.abs(value) < EXACT_INTEGERS && parser.getStringLength() <= EXACT_LENGTH;
        if (value == Math.rint(value) && !isSureInteger || parser.getStringLength() > DIGITS_A_DOUBLE_KEEPS) {
            return false;
        }
        // rounded a second time, to a float, it might become another than the one nearest to what is written
        boolean isBetweenFloats = (Double.doubleToRawLongBits(value) & BELOW_FLOAT) == HALF_OF_FLOAT;
        return !isBetweenFloats && Math.abs(value) >= Float.MIN_NORMAL;
    }

    private List<@Nullable Object> list() {
        var elements = new ArrayList<@Nullable Object>();
        for (var token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            elements.add(token == JsonToken.START_ARRAY || token == JsonToken.START_OBJECT ? nested() : scalar());
            if (elements.size() % ELEMENTS_PER_LENGTH_CHECK == 0) {
                checkLength();
            }
        }
        return elements;
    }

    private NestedValue nested() {
        var text = new StringWriter();
        try (var json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            int depth = 0;
            for (var token = parser.currentToken(); token != null; token = parser.nextToken()) {
                json.copyCurrentEvent(parser);
                checkLength();
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                if (depth == 0) {
                    break;
                }
            }
        }
        return new NestedValue(text.toString());
    }

    private void checkLength() {
        if (parser.currentLocation().getByteOffset() - rowStart > RequestBody.MAX_RECORD_LENGTH) {
            throw malformed("Row %s is longer than %s bytes".formatted(rowNumber, RequestBody.MAX_RECORD_LENGTH));
        }
    }

    @Override
    public long rowNumber() {
        return rowNumber;
    }

    @Override
    public void close() {
        try {
            parser.close();
        } catch (JacksonException e) {
            body.close();
        }
    }

    private AsofException malformed(JacksonException e) {
        long line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
        String detail = "The JSON can't be read%s (in row %s): %s"
                .formatted(JsonFailures.where(e), Math.max(rowNumber, 1), JsonFailures.explanation(e));
        return body.malformed(VIOLATION, line, detail);
    }

    private AsofException malformed(String what) {
        var location = parser.currentLocation();
        return RequestBody.malformedText(
                VIOLATION,
                location.getLineNr(),
                "%s (line %s, column %s)".formatted(what, location.getLineNr(), location.getColumnNr()));
    }
}
