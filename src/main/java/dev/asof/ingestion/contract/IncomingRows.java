package dev.asof.ingestion.contract;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of one request, read as they are asked for, each held to its source's contract. */
public interface IncomingRows extends AutoCloseable {

    /**
     * The next row, null at the end.
     *
     * @throws dev.asof.shared.AsofException MALFORMED_REQUEST when the body can't be read on, CONTRACT_VIOLATED when
     *     a required column is missing from a CSV or Parquet file
     */
    @Nullable
    IncomingRow next();

    /** Columns that were sent but that the contract doesn't name; complete once {@link #next()} gave null. */
    List<String> ignoredColumns();

    @Override
    void close();
}
