package dev.asof.shared;

/** A value that is not of the expected type; carries no stack trace because bad data is an everyday event. */
public final class ValueConversionException extends Exception {

    /** The rule that floats are finite where nothing else was agreed upon. */
    public static final String NON_FINITE = "non_finite";

    private static final long serialVersionUID = 1L;

    private final String rule;

    /**
     * @param rule a stable name such as {@code type}, {@code ambiguous_local_time}, {@code nul_character}
     * @param message what was expected and found
     */
    public ValueConversionException(String rule, String message) {
        super(message, null, false, false);
        this.rule = rule;
    }

    public String rule() {
        return rule;
    }

    /** The message, which is never null here. */
    public String explanation() {
        return String.valueOf(getMessage());
    }
}
