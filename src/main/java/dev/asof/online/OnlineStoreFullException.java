package dev.asof.online;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;

/** Redis has no room for rows (it evicts none); those that it holds it goes on to answer. */
public final class OnlineStoreFullException extends AsofException {

    private static final long serialVersionUID = 1L;
    private static final String OUT_OF_MEMORY = "OOM";

    public OnlineStoreFullException(Throwable cause) {
        super(ErrorCode.UNAVAILABLE, "The online store is out of memory", cause);
    }

    public static boolean isCause(Throwable error) {
        return String.valueOf(error.getMessage()).startsWith(OUT_OF_MEMORY);
    }
}
