package dev.asof.formats;

import java.io.InputStream;
import org.springframework.stereotype.Component;

/** The readers of all formats. */
@Component
public final class FileTableReaders implements TableReaders {

    private final FileLimits limits;

    public FileTableReaders(FileLimits limits) {
        this.limits = limits;
    }

    @Override
    public TableReader open(RowFormat format, InputStream body) {
        var content = RequestBody.of(body);
        var reader = switch (format) {
            case JSON -> JsonTableReader.json(content);
            case NDJSON -> JsonTableReader.lines(content);
            case CSV -> new CsvTableReader(content);
            case PARQUET -> ParquetTableReader.of(content, limits);
        };
        return new LimitedReader(reader, limits);
    }

    @Override
    public void check(RowFormat format, InputStream body) {
        switch (format) {
            case JSON, NDJSON, CSV -> {}
            case PARQUET -> checkParquet(body);
        }
    }

    private void checkParquet(InputStream body) {
        try (var file = ParquetTableReader.of(RequestBody.of(body), limits)) {
            if (file.mostDecoded() > limits.maxDecoded().toBytes()) {
                var rows = new LimitedReader(file, limits);
                while (rows.next() != null) {
                    // only for its limits
                }
            }
        }
    }
}
