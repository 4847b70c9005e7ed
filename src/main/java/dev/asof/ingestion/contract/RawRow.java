package dev.asof.ingestion.contract;

import dev.asof.formats.JsonTableReader;
import dev.asof.formats.NestedValue;
import dev.asof.formats.TableReader;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a refused row as it was sent, as a JSON object. Read as JSON it means what it meant when it came, whatever the
 * format: CSV's fields are texts, an empty one null and {@code ""} the empty string; times of Parquet are texts, with
 * {@code Z} if they were instants and without an offset if they were local; bytes are base64; floats that JSON has no
 * token for are the texts {@code NaN}, {@code Infinity} and {@code -Infinity}.
 */
public final class RawRow {

    private static final int SHOWN_CHARACTERS = 200;

    private final StringBuilder json = new StringBuilder(256);

    private RawRow() {}

    public static String of(List<TableReader.Column> columns, @Nullable Object[] values) {
        var raw = new RawRow();
        raw.json.append('{');
        for (int i = 0; i < values.length; i++) {
            raw.json.append(i == 0 ? "" : ",");
            raw.text(columns.get(i).name());
            raw.json.append(':');
            raw.value(values[i]);
        }
        return raw.json.append('}').toString();
    }

    /** The same with the beginnings of long values alone: to look at, not to be read again. */
    public static String shortened(List<TableReader.Column> columns, @Nullable Object[] values) {
        return of(columns, Arrays.stream(values).map(RawRow::beginning).toArray());
    }

    private static @Nullable Object beginning(@Nullable Object value) {
        return lengthOf(value) > SHOWN_CHARACTERS ? shown(value) : value;
    }

    /** The column whose value takes the most room. */
    public static String longest(List<TableReader.Column> columns, @Nullable Object[] values) {
        int longest = 0;
        for (int i = 1; i < values.length; i++) {
            longest = lengthOf(values[i]) > lengthOf(values[longest]) ? i : longest;
        }
        return columns.get(longest).name();
    }

    private static int lengthOf(@Nullable Object value) {
        return value == null ? 0 : jsonOf(value).length();
    }

    /** A value as violations show it: its text, shortened. */
    static @Nullable String shown(@Nullable Object value) {
        if (value == null) {
            return null;
        }
        String text = value instanceof String string ? string : jsonOf(value);
        return text.length() <= SHOWN_CHARACTERS ? text : text.substring(0, SHOWN_CHARACTERS) + "…";
    }

    private static String jsonOf(Object value) {
        var raw = new RawRow();
        raw.value(value);
        String text = raw.json.toString();
        return text.startsWith("\"") ? text.substring(1, text.length() - 1) : text;
    }

    private void value(@Nullable Object value) {
        switch (value) {
            case null -> json.append("null");
            case String string -> text(string);
            case Double number -> real(number);
            // as a double, so that reading it back gives the same value for FLOAT32 and FLOAT64 columns
            case Float number -> real(number.doubleValue());
            case BigDecimal number -> decimal(number.toString());
            case Number number -> json.append(number);
            case Boolean bool -> json.append(bool.booleanValue());
            case byte[] bytes -> text(Base64.getEncoder().encodeToString(bytes));
            case NestedValue nested -> json.append(nested.json());
            case List<?> list -> list(list);
            default -> text(value.toString());
        }
    }

    /** Longer ones can't be read as numbers. */
    private void decimal(String digits) {
        if (digits.length() > JsonTableReader.LONGEST_NUMBER) {
            text(digits);
        } else {
            json.append(digits);
        }
    }

    private void list(List<?> list) {
        json.append('[');
        for (int i = 0; i < list.size(); i++) {
            json.append(i == 0 ? "" : ",");
            value(list.get(i));
        }
        json.append(']');
    }

    private void real(double number) {
        if (Double.isFinite(number)) {
            json.append(number);
        } else {
            text(Double.toString(number));
        }
    }

    private void text(String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ' || isUnpaired(text, i)) {
                json.append("\\u").append(HexFormat.of().toHexDigits(c));
            } else {
                json.append(c);
            }
        }
        json.append('"');
    }

    private static boolean isUnpaired(String text, int at) {
        char c = text.charAt(at);
        if (Character.isHighSurrogate(c)) {
            return at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
        }
        return Character.isLowSurrogate(c) && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
    }
}
