package dev.asof.offline;

import dev.asof.postgres.BlockRow;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Reads a spine block by block, for joins with a {@link CopiedHistory}. */
public interface SpineReader {

    /** Begins to read some rows, the first and the last given by their numbers. */
    Block read(long first, long last) throws SQLException, IOException;

    /** Ends what is being read, if it takes long; may be called by any thread, and again. */
    default void cancel() throws SQLException {}

    /** Rows of a spine. */
    interface Block extends AutoCloseable {

        /**
         * Reads the next row's join keys.
         *
         * @param keys takes them, in the order of the selection's request keys
         * @return its as-of time
         */
        Instant nextKeys(@Nullable Object[] keys);

        /** Sets the first fields of a row to the columns that are handed through, if there are any. */
        default void readColumns(int index, BlockRow into) {}

        @Override
        void close() throws IOException;
    }
}
