package dev.asof.training.spine;

import dev.asof.formats.TableReader;

/**
 * A spine being read.
 *
 * @param values what the values of untyped columns may stand for
 * @param growing whether columns are known only when all rows were read, as in NDJSON
 */
public record OpenSpine(TableReader reader, ColumnInference.Values values, boolean growing) implements AutoCloseable {

    @Override
    public void close() {
        reader.close();
    }
}
