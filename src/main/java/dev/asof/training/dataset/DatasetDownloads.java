package dev.asof.training.dataset;

import dev.asof.formats.ResultFormat;
import dev.asof.formats.RowFormat;
import dev.asof.formats.RowWriter;
import dev.asof.formats.StoredRows;
import dev.asof.formats.TableReaders;
import dev.asof.offline.DatasetTables;
import dev.asof.offline.PointInTimeJoin;
import dev.asof.offline.VisibleBatches;
import dev.asof.registry.Registry;
import dev.asof.training.Dataset;
import dev.asof.training.Split;
import dev.asof.training.historical.HistoricalFeatures;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** What can be taken away of a dataset that is built. */
@Component
class DatasetDownloads {

    private static final int OUTPUT_BUFFER = 64 * 1024;

    private final TrainingDatasets datasets;
    private final DatasetFiles files;
    private final PointInTimeJoin join;
    private final Registry registry;

    DatasetDownloads(TrainingDatasets datasets, DatasetFiles files, PointInTimeJoin join, Registry registry) {
        this.datasets = datasets;
        this.files = files;
        this.join = join;
        this.registry = registry;
    }

    /** Reads the stored Parquet and writes it in another format. */
    void convert(
            Dataset dataset,
            DatasetFiles.StoredFile file,
            ResultFormat format,
            boolean int64AsText,
            HistoricalFeatures.Target target)
            throws IOException {
        var columns = dataset.spec().columns(dataset.spec().selection(registry.current()));
        try (var rows = new StoredRows(TableReaders.unlimited().open(RowFormat.PARQUET, files.open(file)), columns)) {
            var out = new BufferedOutputStream(target.open(), OUTPUT_BUFFER);
            try (var writer = RowWriter.of(format, columns, out, int64AsText)) {
                for (var row = rows.next(); row != null; row = rows.next()) {
                    writer.row(row);
                }
                writer.finish();
            }
            out.flush();
        }
    }

    /**
     * One statement that gives a dataset's rows, or those of a split, whatever was accepted since; of on-demand features what
     * they are computed from, which a comment before it says.
     */
    String sql(Dataset dataset, Optional<Split> split) {
        var spec = dataset.spec();
        var seen = new VisibleBatches(datasets.manifest(dataset).seen().batches());
        var selection = spec.selection(registry.current());
        String comment = OnDemandPrograms.comment(selection);
        return comment
                + join.sql(new PointInTimeJoin.Query(
                        DatasetTables.between(
                                dataset.spineTable(),
                                spec.asOfColumn(),
                                split.map(Split::from).orElse(null),
                                split.map(Split::until).orElse(null)),
                        spec.spineColumnNames(),
                        spec.asOfColumn(),
                        selection,
                        spec.reading(Optional.of(seen))));
    }
}
