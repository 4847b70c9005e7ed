package dev.asof.training;

import dev.asof.ingestion.TableReader;

/**
 * A spine being read.
 *
 * @param fromText whether values of untyped columns are text that may stand for numbers, as in CSV
 * @param growing whether columns are known only when all rows were read, as in NDJSON
 */
record OpenSpine(TableReader reader, boolean fromText, boolean growing) implements AutoCloseable {

    @Override
    public void close() {
        reader.close();
    }
}
