package dev.asof.postgres;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGResultSetMetaData;

/**
 * Reads arrays, in text (Postgres's documentation, "Array Input and Output Syntax") and in binary ({@code array_send}).
 * Lower bounds don't count; an array of several dimensions is a list of lists.
 */
final class PostgresArray {

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** Dimensions, whether there are nulls, the elements' type; then size and lower bound of each dimension. */
    private static final int HEADER = 3 * Integer.BYTES;

    private static final int DIMENSION = 2 * Integer.BYTES;
    private static final int BINARY = 1;

    private final String text;
    private final PostgresType element;
    private final char delimiter;
    private int at;

    private PostgresArray(String text, PostgresType element, char delimiter) {
        this.text = text;
        this.element = element;
        this.delimiter = delimiter;
        int equals = text.startsWith("[") ? text.indexOf('=') : -1;
        this.at = equals + 1;
    }

    /**
     * The array in a column counted from 1; null for SQL's null.
     *
     * @param delimiter what stands between elements: a comma, or a semicolon between boxes
     * @return in a list; as text if it isn't an array of such elements
     */
    public static @Nullable Object read(ResultSet result, int column, PostgresType element, char delimiter)
            throws SQLException {
        if (result.getMetaData().unwrap(PGResultSetMetaData.class).getFormat(column) == BINARY) {
            // the driver hands over what it received
            byte[] bytes = result.getBytes(column);
            return bytes == null ? null : ofBinary(MemorySegment.ofArray(bytes), 0, element);
        }
        String text = result.getString(column);
        if (text == null) {
            return null;
        }
        try {
            return new PostgresArray(text, element, delimiter).list();
        } catch (RuntimeException e) {
            return text;
        }
    }

    /** The array in Postgres's binary format. */
    static List<@Nullable Object> ofBinary(MemorySegment bytes, long place, PostgresType element) {
        int dimensions = bytes.get(INT, place);
        if (dimensions == 0) {
            return new ArrayList<>();
        }
        int[] sizes = new int[dimensions];
        for (int i = 0; i < dimensions; i++) {
            sizes[i] = bytes.get(INT, place + HEADER + (long) i * DIMENSION);
        }
        var elements = new Elements(bytes, element, place + HEADER + (long) dimensions * DIMENSION);
        return elements.list(sizes, 0);
    }

    /** Those of an array in binary, one after the other. */
    private static final class Elements {

        private final MemorySegment bytes;
        private final PostgresType type;
        private long next;

        Elements(MemorySegment bytes, PostgresType type, long first) {
            this.bytes = bytes;
            this.type = type;
            this.next = first;
        }

        List<@Nullable Object> list(int[] sizes, int dimension) {
            var list = new ArrayList<@Nullable Object>(sizes[dimension]);
            for (int i = 0; i < sizes[dimension]; i++) {
                if (dimension + 1 < sizes.length) {
                    list.add(list(sizes, dimension + 1));
                } else {
                    list.add(element());
                }
            }
            return list;
        }

        private @Nullable Object element() {
            int length = bytes.get(INT, next);
            long place = next + Integer.BYTES;
            next = place + Math.max(0, length);
            return length < 0 ? null : type.ofBinary(bytes, place, length);
        }
    }

    private List<@Nullable Object> list() {
        var list = new ArrayList<@Nullable Object>();
        expect('{');
        if (text.charAt(at) == '}') {
            at++;
            return list;
        }
        list.add(value());
        while (text.charAt(at) == delimiter) {
            at++;
            list.add(value());
        }
        expect('}');
        return list;
    }

    private @Nullable Object value() {
        char first = text.charAt(at);
        if (first == '{') {
            return list();
        }
        if (first == '"') {
            return element.ofText(quoted());
        }
        String bare = bare();
        return bare.equals("NULL") ? null : element.ofText(bare);
    }

    private String quoted() {
        var value = new StringBuilder();
        for (at++; text.charAt(at) != '"'; at++) {
            if (text.charAt(at) == '\\') {
                at++;
            }
            value.append(text.charAt(at));
        }
        at++;
        return value.toString();
    }

    private String bare() {
        int start = at;
        while (text.charAt(at) != delimiter && text.charAt(at) != '}') {
            at++;
        }
        return text.substring(start, at);
    }

    private void expect(char expected) {
        if (text.charAt(at) != expected) {
            throw new IllegalArgumentException("'%s' expected at %s".formatted(expected, at));
        }
        at++;
    }
}
