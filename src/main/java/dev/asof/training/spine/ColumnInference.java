package dev.asof.training.spine;

import dev.asof.formats.ColumnForm;
import dev.asof.shared.FloatText;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Surrogates;
import dev.asof.shared.ValueType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the type of a spine column that the file doesn't type, so that no value changes: text of a CSV file becomes a
 * number only if every value is written as the number would be.
 */
public final class ColumnInference {

    /** Where a column's values come from, and so what they may stand for. */
    public enum Values {
        /** Texts that may stand for numbers, as in CSV. */
        TEXT,
        /** JSON, whose fractions are floats. */
        JSON,
        /** Values of exact classes, as Parquet and SQL give them. */
        EXACT
    }

    private static final int DIGITS_OF_INT64 = 19;
    private static final int DIGITS_A_DOUBLE_KEEPS = 17;
    private static final long INTEGERS_A_DOUBLE_KEEPS = 1L << 53;

    /** What all texts so far may stand for. */
    private enum Writing {
        INTEGER,
        FLOAT,
        LOWER_BOOLEAN,
        TITLE_BOOLEAN
    }

    private final Values from;
    private final EnumSet<Writing> writings = EnumSet.allOf(Writing.class);
    private boolean anyInteger;
    private boolean anyFloat;
    private boolean anyBoolean;
    private boolean anyText;
    private boolean anyNonFiniteText;
    private boolean anyOtherWord;
    private boolean anyFiniteText;
    private boolean anyWideInteger;
    private boolean anyDecimal;
    private int integerDigits = 1;
    private int fractionDigits;
    private @Nullable ColumnInference elements;

    public ColumnInference(Values from) {
        this.from = from;
    }

    /**
     * Takes note of a value.
     *
     * @return what is wrong with it; null when nothing is
     */
    public @Nullable String add(@Nullable Object raw) {
        return switch (raw) {
            case null -> null;
            case String text -> text(text);
            case Boolean _ -> {
                anyBoolean = true;
                yield null;
            }
            case Integer integer -> addLong(integer);
            case Long integer -> addLong(integer);
            case BigInteger integer -> addBig(integer);
            case Float _ -> addFloat();
            case Double _ -> addFloat();
            case BigDecimal number -> from == Values.EXACT ? addDecimal(number) : addReal(number);
            case List<?> list -> addList(list);
            default -> "An object can't stand in a spine column: send its fields as columns of their own";
        };
    }

    /** What values seen together can't be; null when they have one type. */
    @Nullable
    String conflict() {
        if (from != Values.JSON) {
            return null;
        }
        var kinds = kinds();
        if (kinds.size() > 1) {
            return "has values of several kinds (%s): make them one".formatted(String.join(", ", kinds));
        }
        if (isFloat() && anyWideInteger) {
            return "mixes fractions with integers past 2^53, which FLOAT64 would change: send the integers as text";
        }
        return elements == null ? null : elements.conflict();
    }

    public ValueType type() {
        if (elements != null) {
            return ListType.of((ScalarType) elements.type());
        }
        return switch (from) {
            case TEXT -> textType();
            case JSON -> jsonType();
            case EXACT -> exactType();
        };
    }

    /** What the texts of a STRING column are. */
    public Optional<ColumnForm> form() {
        if (elements != null) {
            return elements.form();
        }
        boolean isDecimal = from == Values.EXACT && (anyDecimal || anyWideInteger) && !anyFloat && !anyText;
        int precision = integerDigits + fractionDigits;
        return isDecimal && precision <= ColumnForm.Decimal.COMMON_PRECISION
                ? Optional.of(new ColumnForm.Decimal(precision, fractionDigits))
                : Optional.empty();
    }

    private ScalarType textType() {
        if (!anyText || writings.isEmpty()) {
            return ScalarType.STRING;
        }
        return switch (writings.iterator().next()) {
            case INTEGER -> ScalarType.INT64;
            case FLOAT -> anyFiniteText || !anyOtherWord ? ScalarType.FLOAT64 : ScalarType.STRING;
            case LOWER_BOOLEAN, TITLE_BOOLEAN -> ScalarType.BOOLEAN;
        };
    }

    private ScalarType jsonType() {
        if (isFloat()) {
            return ScalarType.FLOAT64;
        }
        if (anyInteger) {
            return ScalarType.INT64;
        }
        return anyBoolean ? ScalarType.BOOLEAN : ScalarType.STRING;
    }

    private ScalarType exactType() {
        if (anyText || anyDecimal || anyWideInteger || !(anyInteger || anyFloat || anyBoolean)) {
            return ScalarType.STRING;
        }
        if (anyBoolean) {
            return ScalarType.BOOLEAN;
        }
        return anyFloat ? ScalarType.FLOAT64 : ScalarType.INT64;
    }

    private boolean isFloat() {
        return anyFloat || anyInteger && anyNonFiniteText;
    }

    private @Nullable String text(String text) {
        int unpaired = Surrogates.unpaired(text);
        if (unpaired >= 0) {
            return "The text has half a surrogate pair at position %s, which is not a character".formatted(unpaired);
        }
        switch (from) {
            case TEXT -> {
                anyText = true;
                writings.removeIf(writing -> !isWritten(text, writing));
                if (writings.contains(Writing.FLOAT)) {
                    noteFloat(text);
                }
            }
            case JSON -> {
                boolean isNonFinite = FloatText.isNonFinite(text);
                anyNonFiniteText |= isNonFinite;
                anyText |= !isNonFinite;
            }
            case EXACT -> anyText = true;
        }
        return null;
    }

    /** Python's words for what isn't finite say so only beside numbers: alone they may be anything. */
    private void noteFloat(String text) {
        boolean isWord = Character.isLetter(text.charAt(text.length() - 1));
        anyFiniteText |= !isWord;
        anyOtherWord |= isWord && !FloatText.isNonFinite(text);
    }

    private static boolean isWritten(String text, Writing writing) {
        return switch (writing) {
            case INTEGER -> isInteger(text);
            case FLOAT -> FloatText.isWritten(text);
            case LOWER_BOOLEAN -> text.equals("true") || text.equals("false");
            case TITLE_BOOLEAN -> text.equals("True") || text.equals("False");
        };
    }

    private static boolean isInteger(String text) {
        int sign = text.startsWith("-") ? 1 : 0;
        int digits = text.length() - sign;
        if (digits < 1 || digits > DIGITS_OF_INT64 || text.charAt(sign) == '0' && text.length() > 1) {
            return false;
        }
        return IntStream.range(sign, text.length()).allMatch(i -> text.charAt(i) >= '0' && text.charAt(i) <= '9')
                && (digits < DIGITS_OF_INT64 || new BigInteger(text).bitLength() < Long.SIZE);
    }

    private @Nullable String addLong(long value) {
        anyInteger = true;
        anyWideInteger |= from == Values.JSON && (value > INTEGERS_A_DOUBLE_KEEPS || value < -INTEGERS_A_DOUBLE_KEEPS);
        if (from == Values.EXACT) {
            integerDigits = Math.max(integerDigits, new BigDecimal(value).precision());
        }
        return null;
    }

    private @Nullable String addBig(BigInteger integer) {
        if (integer.bitLength() < Long.SIZE) {
            return addLong(integer.longValueExact());
        }
        if (from == Values.JSON) {
            return "The integer %s is greater than INT64 holds: send it as text".formatted(shown(integer));
        }
        anyWideInteger = true;
        integerDigits = Math.max(integerDigits, new BigDecimal(integer).precision());
        return null;
    }

    private @Nullable String addDecimal(BigDecimal number) {
        anyDecimal = true;
        integerDigits = Math.max(integerDigits, number.precision() - number.scale());
        fractionDigits = Math.max(fractionDigits, number.scale());
        return null;
    }

    private @Nullable String addReal(BigDecimal number) {
        double nearest = number.doubleValue();
        if (Double.isInfinite(nearest) || nearest == 0 && number.signum() != 0) {
            return "The number %s is beyond what FLOAT64 holds: send it as text".formatted(shown(number));
        }
        if (number.precision() > DIGITS_A_DOUBLE_KEEPS && new BigDecimal(nearest).compareTo(number) != 0) {
            return ("The number %s has more digits than FLOAT64 keeps: send it as text, or say in types that the"
                            + " column is FLOAT64")
                    .formatted(shown(number));
        }
        return addFloat();
    }

    private static String shown(Number number) {
        var text = number.toString();
        return text.length() > 40 ? text.substring(0, 40) + "…" : text;
    }

    private @Nullable String addFloat() {
        anyFloat = true;
        return null;
    }

    private @Nullable String addList(List<?> list) {
        if (elements == null) {
            elements = new ColumnInference(from);
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

    private List<String> kinds() {
        var kinds = new ArrayList<String>();
        boolean isNumber = anyInteger || anyFloat;
        if (isNumber) {
            kinds.add("numbers");
        }
        if (anyBoolean) {
            kinds.add("booleans");
        }
        if (anyText || anyNonFiniteText && !isNumber) {
            kinds.add("text");
        }
        if (elements != null) {
            kinds.add("lists");
        }
        return kinds;
    }
}
