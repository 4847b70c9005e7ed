package dev.asof.ingestion;

import java.io.InputStream;
import org.springframework.stereotype.Component;

/** The readers of all formats. */
@Component
final class FileTableReaders implements TableReaders {

    @Override
    public TableReader open(RowFormat format, InputStream body) {
        var content = RequestBody.of(body);
        return switch (format) {
            case JSON -> JsonTableReader.json(content);
            case NDJSON -> JsonTableReader.lines(content);
            case CSV -> new CsvTableReader(content);
            case PARQUET -> ParquetTableReader.of(content);
        };
    }
}
