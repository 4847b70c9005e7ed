package dev.asof.ingestion;

import java.io.InputStream;

/** Opens the readers of all formats. */
public interface TableReaders {

    /**
     * Opens a body; for Parquet, whose index stands at its end, after keeping it in a temporary file that goes when
     * the reader is closed.
     *
     * @throws dev.asof.shared.AsofException MALFORMED_REQUEST when it is not of the format
     */
    TableReader open(RowFormat format, InputStream body);
}
