package dev.asof.embedded;

/** The embedded stores cannot start or stop; the message says what to change. */
public class EmbeddedStoresException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public EmbeddedStoresException(String message) {
        super(message);
    }

    public EmbeddedStoresException(String message, Throwable cause) {
        super(message, cause);
    }
}
