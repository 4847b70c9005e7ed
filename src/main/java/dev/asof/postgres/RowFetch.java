package dev.asof.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/**
 * Fetches the rows of a query that users wrote so that they never fill the memory: few at first, and more as they turn
 * out to be small. Nobody knows of rows to come how large they are, so the driver takes no more than {@value #MOST_BYTES}
 * bytes at once: what is more it refuses before it is read. Then all is {@link #reading read} again, with no more rows at
 * once than fit whatever they are.
 */
public final class RowFetch {

    private static final int MOST_BYTES = 64 << 20;

    /** What is fetched at once if rows go on as they were. */
    private static final int SOUGHT_BYTES = 8 << 20;

    private static final int MOST_ROWS = 2_000;

    /** The driver's property, which its message names in every language. */
    private static final String BUFFER = "maxResultBuffer";

    /** Reads all rows of a query from the first on. */
    @FunctionalInterface
    public interface Reading<T> {

        /**
         * Does it.
         *
         * @param careful whether rows may be larger than those before them
         */
        T read(boolean careful);
    }

    /** Rows were too large to be fetched by so many as those before them. */
    private static final class TooManyAtOnceException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        TooManyAtOnceException(SQLException cause) {
            super("The rows are larger than those before them", cause);
        }
    }

    private final int carefulRows;
    private final int mostRows;
    private int rows;
    private int taken;
    private long largestLately = 1;

    /**
     * Fetches the rows of a statement that has not run yet.
     *
     * @param mostRowBytes that a row may have
     */
    public RowFetch(Statement statement, int mostRowBytes, boolean careful) throws SQLException {
        this.carefulRows = MOST_BYTES / 2 / mostRowBytes;
        this.mostRows = careful ? carefulRows : MOST_ROWS;
        this.rows = carefulRows;
        statement.setFetchSize(rows);
    }

    /** Has a connection refuse what is larger than may be fetched at once. */
    public static void limit(Properties connection) {
        connection.setProperty(BUFFER, Integer.toString(MOST_BYTES));
    }

    /** Reads rows, and if they get too large on the way, once more from the first on. What was read before counts not. */
    public static <T> T reading(Reading<T> reading) {
        try {
            return reading.read(false);
        } catch (TooManyAtOnceException e) {
            return reading.read(true);
        }
    }

    /**
     * Whether a query failed because its rows are too large: more than a row may have.
     *
     * @throws RuntimeException for {@link #reading}, when only too many were fetched at once
     */
    public boolean isTooLarge(SQLException e) {
        boolean tooLarge = String.valueOf(e.getMessage()).contains(BUFFER);
        if (tooLarge && rows > carefulRows) {
            throw new TooManyAtOnceException(e);
        }
        return tooLarge;
    }

    /**
     * To be called with each row, before the next is asked for.
     *
     * @param bytes of the row's values, about
     */
    public void took(ResultSet result, long bytes) throws SQLException {
        largestLately = Math.max(Math.max(1, bytes), largestLately - largestLately / MOST_ROWS);
        taken++;
        if (taken == rows) {
            taken = 0;
            long fitting = Math.max(carefulRows, SOUGHT_BYTES / largestLately);
            rows = (int) Math.min(Math.min(fitting, mostRows), 2L * rows);
            result.setFetchSize(rows);
        }
    }
}
