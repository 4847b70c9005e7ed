package dev.asof.offline;

import java.sql.SQLException;
import java.util.concurrent.Semaphore;
import javax.sql.DataSource;
import org.springframework.stereotype.Component;

/** Opens {@link SharedSnapshot}s, and bounds how many connections all of them together take beyond their first. */
@Component
public class SharedSnapshots {

    /** More processes than this at one query gain little, and take connections from others. */
    private static final int MOST_OF_ONE = 4;

    /** Fewer rows are not worth one more. */
    private static final int ROWS_OF_ONE = 16_000;

    private static final int SPARE_CONNECTIONS = 4;

    private final DataSource dataSource;
    private final Semaphore spare = new Semaphore(SPARE_CONNECTIONS);

    SharedSnapshots(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /**
     * Opens one for a join, with more connections for a larger spine, as long as there are any to be had.
     *
     * @param rows of the spine
     * @param readOnly whether its connections write nothing, not even tables of their own
     * @throws SQLException when the pool has no connection in time, or Postgres doesn't answer
     */
    public SharedSnapshot open(long rows, boolean readOnly) throws SQLException {
        return new SharedSnapshot(dataSource, spare, parallel(rows), readOnly);
    }

    /** How many at most share the work on a spine. */
    static int parallel(long rows) {
        int most = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MOST_OF_ONE);
        return (int) Math.min(most, rows / ROWS_OF_ONE + 1);
    }
}
