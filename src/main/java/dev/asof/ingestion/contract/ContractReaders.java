package dev.asof.ingestion.contract;

import dev.asof.formats.RowFormat;
import dev.asof.formats.TableReader;
import dev.asof.formats.TableReaders;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import java.io.InputStream;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Opens bodies as rows held to a source's contract. */
@Component
public class ContractReaders {

    private final TableReaders readers;
    private final Clock clock;

    ContractReaders(TableReaders readers, Clock clock) {
        this.readers = readers;
        this.clock = clock;
    }

    /** As {@link TableReaders#check}. */
    public void check(RowFormat format, InputStream body) {
        readers.check(format, body);
    }

    /** @param views live views of the source, whose keys and row ids must not be too long */
    public IncomingRows open(RowFormat format, InputStream body, RegisteredSource source, List<RegisteredView> views) {
        return open(format, readers.open(format, body), source, views);
    }

    /**
     * Opens rows that {@link RawRow} wrote, a line each: what limits a file doesn't count for those of a table.
     *
     * @param views live views of the source, whose keys and row ids must not be too long
     */
    public IncomingRows openWritten(InputStream lines, RegisteredSource source, List<RegisteredView> views) {
        return open(RowFormat.NDJSON, TableReaders.unlimited().open(RowFormat.NDJSON, lines), source, views);
    }

    private IncomingRows open(
            RowFormat format, TableReader reader, RegisteredSource source, List<RegisteredView> views) {
        // rows are looked for by their row id as by their key
        List<List<String>> keyColumns = views.stream()
                .flatMap(view -> Stream.of(view.keys(), view.rowId()))
                .filter(columns -> !columns.isEmpty())
                .map(columns ->
                        columns.stream().map(RegisteredView.Key::sourceColumn).toList())
                .distinct()
                .toList();
        return ContractRows.of(format, reader, source, keyColumns, clock);
    }
}
