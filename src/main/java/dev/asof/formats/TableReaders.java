package dev.asof.formats;

import java.io.InputStream;

/** Opens the readers of all formats. */
public interface TableReaders {

    /**
     * Opens a body; for Parquet, whose index stands at its end, after keeping it in a temporary file that goes when
     * the reader is closed.
     *
     * @throws dev.asof.shared.AsofException MALFORMED_REQUEST when it is not of the format, PAYLOAD_TOO_LARGE when it
     *     says that it has more than may be
     */
    TableReader open(RowFormat format, InputStream body);

    /**
     * Looks through a body, before anything waits for what is done with it, for whether it is packed more tightly than
     * may be. Others than Parquet are as large as they are.
     *
     * @throws dev.asof.shared.AsofException as {@link #open} and {@link TableReader#next}
     */
    void check(RowFormat format, InputStream body);

    /** Readers without limits, for what Asof wrote itself. */
    static TableReaders unlimited() {
        return new FileTableReaders(FileLimits.NONE);
    }
}
