package dev.asof.ingestion;

import dev.asof.shared.AsofException;
import dev.asof.shared.SourceName;
import java.util.Optional;

/** Reads of table sources: each takes what is new in the source's table, once, as one batch. */
public interface TableSourceReads {

    /** Follows a read, and decides whether it goes on. */
    public interface Monitor {

        /** Told now and then, by another thread, how many rows are read; false to stop. */
        boolean goesOn(long rowsRead);

        /** In the transaction, when all is stored: false to undo it. */
        boolean commits(TableReadOutcome outcome);
    }

    /**
     * The table source of a name, if it can be read.
     *
     * @throws AsofException NOT_FOUND when there is none, CONFLICT when it is a push source, INVALID when its
     *     connection isn't configured
     */
    SourceName readable(String name);

    /**
     * Reads a source once.
     *
     * @return empty when the monitor ended it; then nothing of it is stored
     * @throws AsofException INVALID when the table can't be read as it is declared, CONTRACT_VIOLATED when too many rows
     *     break the contract; then nothing of it is stored
     */
    Optional<TableReadOutcome> read(SourceName name, Monitor monitor);
}
