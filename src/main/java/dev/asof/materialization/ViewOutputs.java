package dev.asof.materialization;

import dev.asof.materialization.tile.KeyPublisher;
import dev.asof.materialization.tile.PublicationMetrics;
import dev.asof.materialization.tile.SmallPublications;
import dev.asof.offline.AggregateRows;
import dev.asof.offline.FeatureTables;
import dev.asof.offline.TouchedKeys;
import dev.asof.online.OnlineStore;
import dev.asof.postgres.RowCopier;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import java.util.concurrent.Semaphore;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What view versions have in the stores, decided by what their programs compute. */
@Component
class ViewOutputs {

    /** Of view versions whose newest rows are in temporary files; each has 4 MB of buffers and 64 open files. */
    private static final int SPILLS = 16;

    private final ViewPrograms programs;
    private final FeatureTables tables;
    private final RowCopier copier;
    private final RowsOutput.Stores rows;
    private final TilesOutput.Stores tiles;

    ViewOutputs(
            ViewPrograms programs,
            FeatureTables tables,
            RowCopier copier,
            OnlineStore online,
            OnlineWriter fromPostgres,
            AggregateRows counted,
            TouchedKeys touched,
            KeyPublisher publisher,
            SmallPublications small,
            PublicationMetrics metrics,
            PlatformTransactionManager transactions) {
        this.programs = programs;
        this.tables = tables;
        this.copier = copier;
        this.rows = new RowsOutput.Stores(online, fromPostgres, new Semaphore(SPILLS));
        this.tiles = new TilesOutput.Stores(
                counted, touched, publisher, small, metrics, new TransactionTemplate(transactions));
    }

    ViewOutput of(RegisteredView view, RegisteredSource source) {
        var table = new StoredRows(tables, copier, view);
        return switch (programs.of(view, source)) {
            case RowProgram program -> new RowsOutput(table, rows, view, program);
            case TilesProgram program -> new TilesOutput(table, tiles, program);
        };
    }
}
