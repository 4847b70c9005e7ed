package dev.asof.offline;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/**
 * Fetches the rows of a query that users wrote so that they never fill the memory: few at first, and more as they turn
 * out to be small. The driver takes no more than {@value #MOST_BYTES} bytes at once: what is larger it refuses before it
 * is read.
 */
public final class RowFetch {

    /** What a row may have at most. */
    public static final int MOST_ROW_BYTES = 1 << 20;

    private static final int MOST_BYTES = 64 << 20;
    private static final int FIRST_ROWS = MOST_BYTES / MOST_ROW_BYTES / 2;

    /** So that rows of a quarter of a megabyte are taken whatever came before them. */
    private static final int MOST_ROWS = 256;

    /** The driver's property, which its message names in every language. */
    private static final String BUFFER = "maxResultBuffer";

    private long largest = 1;
    private int rows = FIRST_ROWS;
    private int taken;

    /** @param statement not run yet */
    public RowFetch(Statement statement) throws SQLException {
        statement.setFetchSize(rows);
    }

    /** Has a connection refuse what is larger than may be fetched at once. */
    public static void limit(Properties connection) {
        connection.setProperty(BUFFER, Integer.toString(MOST_BYTES));
    }

    /** Whether a query failed because of that. */
    public static boolean isTooLarge(SQLException e) {
        return String.valueOf(e.getMessage()).contains(BUFFER);
    }

    /** What is to be mended then. */
    public static String tooLarge() {
        return "The rows are too large: one may have %s bytes, and %s that follow each other %s bytes together"
                .formatted(MOST_ROW_BYTES, MOST_ROWS, MOST_BYTES);
    }

    /**
     * To be called with each row, before the next is asked for.
     *
     * @param bytes of the row's values, about
     */
    public void took(ResultSet result, long bytes) throws SQLException {
        largest = Math.max(largest, bytes);
        taken++;
        if (taken == rows) {
            taken = 0;
            rows = (int) Math.clamp(MOST_BYTES / 2 / largest, 1L, Math.min(MOST_ROWS, 2L * rows));
            result.setFetchSize(rows);
        }
    }
}
