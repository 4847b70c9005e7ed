package dev.asof.ingestion;

import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import org.springframework.stereotype.Component;

@Component
final class FileContractReaders implements ContractReaders {

    private final TableReaders readers;

    FileContractReaders(TableReaders readers) {
        this.readers = readers;
    }

    @Override
    public IncomingRows open(
            RowFormat format, InputStream body, RegisteredSource source, List<RegisteredView> views, Instant now) {
        var keyColumns = views.stream()
                .map(view -> view.keys().stream().map(RegisteredView.Key::sourceColumn).toList())
                .toList();
        return ContractRows.of(format, readers.open(format, body), source, keyColumns, now);
    }
}
