package dev.asof.transform;

/** An expression that failed for one row: its value is null with status ERROR. Carries no stack trace. */
public final class EvaluationException extends Exception {

    private static final long serialVersionUID = 1L;

    public EvaluationException(String message) {
        super(message, null, false, false);
    }
}
