package dev.asof.ingestion.table;

import dev.asof.ingestion.BatchKind;
import dev.asof.ingestion.KnownSources;
import dev.asof.ingestion.TableReadOutcome;
import dev.asof.ingestion.TableSourceReads;
import dev.asof.ingestion.batch.BatchTransaction;
import dev.asof.ingestion.batch.IngestionMetrics;
import dev.asof.ingestion.batch.OpenBatches;
import dev.asof.ingestion.contract.ContractReaders;
import dev.asof.offline.SourceLog;
import dev.asof.postgres.PostgresProbe;
import dev.asof.postgres.RowFetch;
import dev.asof.registry.Registry;
import dev.asof.registry.SourceColumn;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.TableOrigin;
import dev.asof.shared.AsofException;
import dev.asof.shared.BackgroundLoops;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.SourceName;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Reads table sources. A read is one transaction: it stages the table as it is at one moment, compares it with what was
 * read before, and commits what is new as a batch together with the record of having read it. So whatever a table's
 * writers do, and whichever process dies when, each row is taken once: no position or watermark is trusted.
 */
@Component
class TableSourceReader implements TableSourceReads {

    private static final Logger LOG = LoggerFactory.getLogger(TableSourceReader.class);

    private final Registry registry;
    private final TableConnections connections;
    private final TableReadRun.Stores stores;
    private final ContractReaders readers;
    private final BatchTransaction transaction;
    private final PostgresProbe probe;
    private final BackgroundLoops loops;

    TableSourceReader(
            Registry registry,
            TableConnections connections,
            SourceLog log,
            TableRows rows,
            IngestionMetrics metrics,
            ContractReaders readers,
            BatchTransaction transaction,
            PostgresProbe probe,
            BackgroundLoops loops) {
        this.registry = registry;
        this.connections = connections;
        this.stores = new TableReadRun.Stores(log, rows, metrics);
        this.readers = readers;
        this.transaction = transaction;
        this.probe = probe;
        this.loops = loops;
    }

    @Override
    public SourceName readable(String name) {
        SourceName source = KnownSources.require(registry.current(), name);
        TableOrigin origin = registry.current()
                .source(source)
                .definition()
                .table()
                .orElseThrow(() -> new AsofException(
                        ErrorCode.CONFLICT, "'%s' is a push source: send its rows to it".formatted(name)));
        connections.require(origin);
        return source;
    }

    @Override
    public Optional<TableReadOutcome> read(SourceName name, Monitor monitor) {
        SourceDefinition definition = registry.current().source(name).definition();
        long start = System.nanoTime();
        try (var watch = new ReadWatch(monitor, connections.timeout(), probe::isSilent, loops);
                var committed = transaction.commit(scope -> read(definition, monitor, watch, scope))) {
            Optional<TableReadOutcome> outcome = committed.result();
            if (outcome.flatMap(TableReadOutcome::batch).isPresent()) {
                committed.publish();
                stores.metrics().read(name, outcome.get(), Duration.ofNanos(System.nanoTime() - start));
            }
            return outcome;
        }
    }

    private Optional<TableReadOutcome> read(
            SourceDefinition definition, Monitor monitor, ReadWatch watch, BatchTransaction.Scope scope) {
        try {
            var known = stores.rows()
                    .begin(
                            definition.name(),
                            definition.columns().stream()
                                    .map(SourceColumn::name)
                                    .toList());
            long rowsRead = stage(definition, known, watch);
            TableReadOutcome outcome = store(definition, known, rowsRead, watch, scope);
            if (monitor.commits(outcome)) {
                return Optional.of(outcome);
            }
        } catch (ReadWatch.Stopped e) {
            LOG.info("The read of {} was stopped", definition.name());
        }
        scope.undo();
        return Optional.empty();
    }

    /** Copies the table's rows into this transaction; the source isn't locked yet, since that may take long. */
    private long stage(SourceDefinition definition, TableRows.Known known, ReadWatch watch) {
        return RowFetch.reading(careful -> {
            stores.rows().emptyStage();
            try (var table = SourceTable.open(connections, definition, careful, watch)) {
                return new TableStage(stores.rows(), table, definition, known).copy(watch);
            }
        });
    }

    private TableReadOutcome store(
            SourceDefinition read,
            TableRows.Known known,
            long rowsRead,
            ReadWatch watch,
            BatchTransaction.Scope scope) {
        boolean isSnapshot = read.isSnapshot();
        long candidates = stores.rows().compare(known, isSnapshot);
        long vanished = isSnapshot ? stores.rows().findVanished(known) : 0;
        watch.check();
        OpenBatches batches = scope.open(read.name(), BatchKind.READ);
        if (!batches.source().definition().equals(read)) {
            throw new AsofException(ErrorCode.UNAVAILABLE, "The source was changed while its table was read");
        }
        var run = new TableReadRun(stores, batches);
        run.take(candidates, readers, watch);
        run.deleteVanished(vanished, candidates, watch);
        return run.finish(known, rowsRead);
    }
}
