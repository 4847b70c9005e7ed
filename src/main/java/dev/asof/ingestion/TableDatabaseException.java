package dev.asof.ingestion;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;

/**
 * The database that a table is read from failed, and not by an outage of Asof's own store: somebody else keeps it, and it
 * may stay so.
 */
public final class TableDatabaseException extends AsofException {

    private static final long serialVersionUID = 1L;

    public TableDatabaseException(String detail, Throwable cause) {
        super(ErrorCode.UNAVAILABLE, detail, cause);
    }
}
