package dev.asof.materialization;

import dev.asof.offline.FeatureTables;
import dev.asof.online.OnlineStore;
import dev.asof.postgres.RowCopier;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import java.util.concurrent.Semaphore;
import org.springframework.stereotype.Component;

/** What view versions have in the stores, decided by what their programs compute. */
@Component
class ViewOutputs {

    /** Of view versions whose newest rows are in temporary files; each has 4 MB of buffers and 64 open files. */
    private static final int SPILLS = 16;

    private final ViewPrograms programs;
    private final RowsOutput.Stores rows;

    ViewOutputs(
            ViewPrograms programs,
            FeatureTables tables,
            RowCopier copier,
            OnlineStore online,
            OnlineWriter fromPostgres) {
        this.programs = programs;
        this.rows = new RowsOutput.Stores(tables, copier, online, fromPostgres, new Semaphore(SPILLS));
    }

    ViewOutput of(RegisteredView view, RegisteredSource source) {
        return switch (programs.of(view, source)) {
            case RowProgram program -> new RowsOutput(rows, view, program);
        };
    }
}
