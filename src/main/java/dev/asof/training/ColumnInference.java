package dev.asof.training;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Surrogates;
import dev.asof.shared.ValueType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds the type of a spine column that the file doesn't type, so that no value changes: text of a CSV file becomes a
 * number only if every value is a number that comes back as it was.
 */
final class ColumnInference {

    private static final Pattern INTEGER = Pattern.compile("0|-?[1-9][0-9]{0,18}");
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]{1,3})?");
    private static final int DIGITS_A_DOUBLE_KEEPS = 15;
    private static final long INTEGERS_A_DOUBLE_KEEPS = 1L << 53;

    private final boolean fromText;
    private boolean anyInteger;
    private boolean anyFloat;
    private boolean anyBoolean;
    private boolean anyText;
    private boolean anyWideInteger;
    private @Nullable ColumnInference elements;

    /** @param fromText whether values are text that may stand for numbers, as in CSV, rather than typed as in JSON */
    ColumnInference(boolean fromText) {
        this.fromText = fromText;
    }

    /**
     * Takes note of a value.
     *
     * @return what is wrong with it; null when nothing is
     */
    @Nullable String add(@Nullable Object raw) {
        return switch (raw) {
            case null -> null;
            case String text -> text(text);
            case Boolean bool -> {
                anyBoolean = true;
                yield null;
            }
            case Integer integer -> addLong(integer);
            case Long integer -> addLong(integer);
            case BigInteger integer -> integer.bitLength() > 63
                    ? "The integer " + integer + " is greater than INT64 holds: send it as text"
                    : addLong(integer.longValueExact());
            case Float number -> addFloat();
            case Double number -> addFloat();
            case BigDecimal number -> Double.isInfinite(number.doubleValue())
                    ? "The number " + number + " is greater than FLOAT64 holds: send it as text"
                    : addFloat();
            case List<?> list -> addList(list);
            default -> "An object can't stand in a spine column: send its fields as columns of their own";
        };
    }

    /** What values seen together can't be; null when they have one type. */
    @Nullable String conflict() {
        int kinds = (anyInteger || anyFloat ? 1 : 0)
                + (anyBoolean ? 1 : 0)
                + (anyText ? 1 : 0)
                + (elements != null ? 1 : 0);
        if (fromText) {
            return null;
        }
        if (kinds > 1) {
            return "has values of several kinds (%s): make them one".formatted(kinds());
        }
        if (anyFloat && anyWideInteger) {
            return "mixes fractions with integers past 2^53, which FLOAT64 would change: send the integers as text";
        }
        return elements == null ? null : elements.conflict();
    }

    ValueType type() {
        if (elements != null) {
            return ListType.of((ScalarType) elements.type());
        }
        if (anyText || (anyBoolean && (anyInteger || anyFloat)) || (anyFloat && anyWideInteger)) {
            return ScalarType.STRING;
        }
        if (anyFloat) {
            return ScalarType.FLOAT64;
        }
        if (anyInteger) {
            return ScalarType.INT64;
        }
        return anyBoolean ? ScalarType.BOOLEAN : ScalarType.STRING;
    }

    private @Nullable String text(String text) {
        int unpaired = Surrogates.unpaired(text);
        if (unpaired >= 0) {
            return "The text has half a surrogate pair at position %s, which is not a character".formatted(unpaired);
        }
        addText(text);
        return null;
    }

    private void addText(String text) {
        if (!fromText || anyText) {
            anyText = true;
        } else if (INTEGER.matcher(text).matches() && fitsLong(text)) {
            addLong(Long.parseLong(text));
        } else if (isExactDouble(text)) {
            anyFloat = true;
        } else if (text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false")) {
            anyBoolean |= Character.isLowerCase(text.charAt(1));
            anyText |= !Character.isLowerCase(text.charAt(1));
        } else {
            anyText = true;
        }
    }

    private @Nullable String addLong(long value) {
        anyInteger = true;
        anyWideInteger |= value > INTEGERS_A_DOUBLE_KEEPS || value < -INTEGERS_A_DOUBLE_KEEPS;
        return null;
    }

    private @Nullable String addFloat() {
        anyFloat = true;
        return null;
    }

    private @Nullable String addList(List<?> list) {
        if (elements == null) {
            elements = new ColumnInference(false);
        }
        for (Object element : list) {
            if (element instanceof List) {
                return "A list within a list can't stand in a spine column";
            }
            String wrong = elements.add(element);
            if (wrong != null) {
                return wrong;
            }
        }
        return null;
    }

    private static boolean fitsLong(String digits) {
        return digits.length() < 19 || new BigInteger(digits).bitLength() <= 63;
    }

    private static boolean isExactDouble(String text) {
        if (!NUMBER.matcher(text).matches()) {
            return false;
        }
        double value = Double.parseDouble(text);
        if (Double.isInfinite(value)) {
            return false;
        }
        return text.length() <= DIGITS_A_DOUBLE_KEEPS && text.indexOf('e') < 0 && text.indexOf('E') < 0
                || new BigDecimal(text).compareTo(new BigDecimal(Double.toString(value))) == 0;
    }

    private String kinds() {
        var kinds = new java.util.ArrayList<String>();
        if (anyInteger || anyFloat) {
            kinds.add("numbers");
        }
        if (anyBoolean) {
            kinds.add("booleans");
        }
        if (anyText) {
            kinds.add("text");
        }
        if (elements != null) {
            kinds.add("lists");
        }
        return String.join(", ", kinds);
    }
}
