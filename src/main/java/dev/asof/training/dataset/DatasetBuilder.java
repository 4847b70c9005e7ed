package dev.asof.training.dataset;

import dev.asof.formats.ParquetRowWriter;
import dev.asof.formats.ResultColumn;
import dev.asof.formats.RowFormat;
import dev.asof.formats.ScratchFiles;
import dev.asof.formats.StoredRows;
import dev.asof.formats.TableReaders;
import dev.asof.offline.BlockJoin;
import dev.asof.offline.DatasetTables;
import dev.asof.offline.HistoryCopies;
import dev.asof.offline.PointInTimeJoin;
import dev.asof.offline.SharedSnapshots;
import dev.asof.offline.VisibleBatches;
import dev.asof.postgres.BlockRow;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.Registry;
import dev.asof.shared.Timestamps;
import dev.asof.training.ContentHash;
import dev.asof.training.Dataset;
import dev.asof.training.DatasetRow;
import dev.asof.training.DatasetSpec;
import dev.asof.training.FeatureValues;
import dev.asof.training.Split;
import dev.asof.training.leakage.LeakageCheck;
import dev.asof.training.leakage.LeakageReport;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Builds a dataset: joins its spine in one repeatable-read transaction into a Parquet file on this server's disk, then
 * stores that and its splits, with the manifest, in one more transaction. So it is there whole or not at all, and a build
 * that broke off is begun again from the spine.
 */
@Component
class DatasetBuilder {

    private static final int PROGRESS_ROWS = 10_000;
    private static final int FILE_BUFFER = 256 * 1024;

    private final Datasets datasets;
    private final DatasetFiles files;
    private final PointInTimeJoin join;
    private final Registry registry;
    private final SharedSnapshots snapshots;
    private final HistoryCopies copies;
    private final TransactionTemplate transaction;
    private final Clock clock;
    private final String asofVersion;

    DatasetBuilder(
            Datasets datasets,
            DatasetFiles files,
            PointInTimeJoin join,
            Registry registry,
            SharedSnapshots snapshots,
            HistoryCopies copies,
            PlatformTransactionManager transactions,
            Clock clock,
            @Value("${asof.version}") String asofVersion) {
        this.datasets = datasets;
        this.files = files;
        this.join = join;
        this.registry = registry;
        this.snapshots = snapshots;
        this.copies = copies;
        this.transaction = new TransactionTemplate(transactions);
        this.clock = clock;
        this.asofVersion = asofVersion;
    }

    /** The joined rows, and all that was found out on the way. */
    private record Joined(
            VisibleBatches seen,
            String contentHash,
            List<ColumnStatistics.Summary> columns,
            List<OnDemandPrograms.Program> programs,
            LeakageReport report) {}

    /** A Parquet file on disk, to be stored: of all rows where {@code split} is empty, which comes first. */
    private record Part(String split, Path file, long rows, String sha256) {}

    /**
     * Builds a dataset that was started.
     *
     * @throws BuildStoppedException when it was cancelled, or the server stops
     */
    void build(Dataset dataset, BuildWatch watch) throws IOException, SQLException {
        var selection = dataset.spec().selection(registry.current());
        var directory = ScratchFiles.directory("asof-dataset-");
        var parts = new ArrayList<Part>();
        try {
            var whole = directory.resolve("rows.parquet");
            var joined = join(dataset, selection, whole, watch);
            if (dataset.spec().failOnLeakage() && joined.report().verdict() == LeakageReport.Verdict.LEAKING) {
                datasets.refuse(
                        dataset.id(),
                        "its leakage report says 'leaking', and fail_on_leakage was asked for",
                        DatasetJson.write(joined.report()));
                return;
            }
            parts.add(new Part("", whole, dataset.rowsTotal(), DatasetFiles.sha256(whole)));
            for (Split split : dataset.spec().splits()) {
                parts.add(split(dataset, selection, split, whole, directory.resolve(split.name() + ".parquet"), watch));
            }
            store(dataset, joined, parts);
        } finally {
            delete(directory);
        }
    }

    private Joined join(Dataset dataset, FeatureSelection selection, Path file, BuildWatch watch)
            throws IOException, SQLException {
        var only =
                Optional.ofNullable(dataset.spec().rebuild()).map(original -> new VisibleBatches(original.batches()));
        var query = new PointInTimeJoin.Query(
                DatasetTables.qualified(dataset.spineTable()),
                dataset.spec().spineColumnNames(),
                dataset.spec().asOfColumn(),
                selection,
                dataset.spec().reading(only));
        var copied = copies.open(selection, dataset.rowsTotal());
        try (var _ = copied.orElse(null);
                var snapshot = snapshots.open(dataset.rowsTotal(), true);
                var rows = copied.isPresent()
                        ? copied.get().joinWithTimestamps(join, query, snapshot.connections(), dataset.rowsTotal())
                        : new BlockJoin(join.blocksWithTimestamps(query), snapshot.connections(), dataset.rowsTotal());
                var watching = watch.over(rows::cancel)) {
            var seen = copied.isPresent() ? copied.get().seen() : VisibleBatches.of(snapshot.first());
            return stream(dataset, selection, rows, watching, only.orElse(seen), file);
        }
    }

    private Joined stream(
            Dataset dataset,
            FeatureSelection selection,
            BlockJoin joined,
            BuildWatch.Over watching,
            VisibleBatches seen,
            Path file)
            throws IOException, SQLException {
        var spec = dataset.spec();
        var columns = spec.columns(selection);
        var shape = shape(spec, selection, columns);
        var hash = new ContentHash(columns);
        var statistics = columns.stream().map(ColumnStatistics::new).toList();
        var features = new FeatureValues(selection, spec.spineColumnNames(), spec.asOfColumn());
        var leakage = new LeakageCheck(dataset, selection, registry.current(), shape);
        try (var out = new BufferedOutputStream(ScratchFiles.output(file), FILE_BUFFER)) {
            var writer = new ParquetRowWriter(columns, out);
            int sources = selection.timestampSources().size();
            long rows = 0;
            for (var fields = joined.next(); fields != null; fields = joined.next()) {
                watching.check();
                var row = row(shape, features, sources, fields, ++rows);
                writer.row(row.values());
                hash.row(row.values());
                for (int i = 0; i < columns.size(); i++) {
                    statistics.get(i).add(row.values()[i]);
                }
                leakage.add(row);
                if (rows % PROGRESS_ROWS == 0 && !datasets.progress(dataset.id(), rows)) {
                    throw new BuildStoppedException();
                }
            }
            writer.finish();
        }
        return new Joined(
                seen,
                hash.value(),
                statistics.stream().map(ColumnStatistics::summary).toList(),
                OnDemandPrograms.of(selection, features),
                leakage.report(dataset.version()));
    }

    private static DatasetRow.Shape shape(DatasetSpec spec, FeatureSelection selection, List<ResultColumn> columns) {
        var names = spec.spineColumnNames();
        return new DatasetRow.Shape(
                columns,
                names.indexOf(spec.asOfColumn()),
                selection.requestKeys().keySet().stream().map(names::indexOf).toList(),
                names.size());
    }

    private static DatasetRow row(
            DatasetRow.Shape shape, FeatureValues features, int sources, BlockRow fields, long ordinal) {
        var values = new @Nullable Object[shape.columns().size()];
        for (int i = 0; i < shape.firstFeature(); i++) {
            values[i] = fields.value(i, shape.columns().get(i).type());
        }
        int timestamps = features.read(fields, shape.firstFeature(), values, shape.firstFeature());
        var events = new @Nullable Instant[sources];
        var known = new @Nullable Instant[sources];
        for (int i = 0; i < sources; i++) {
            events[i] = fields.instant(timestamps + 2 * i);
            known[i] = fields.instant(timestamps + 2 * i + 1);
        }
        return new DatasetRow(shape, ordinal, values, events, known);
    }

    private Part split(
            Dataset dataset, FeatureSelection selection, Split split, Path whole, Path file, BuildWatch watch)
            throws IOException {
        var columns = dataset.spec().columns(selection);
        int asOf = dataset.spec().spineColumnNames().indexOf(dataset.spec().asOfColumn());
        long rows = 0;
        try (var in = new StoredRows(
                        TableReaders.unlimited().open(RowFormat.PARQUET, Files.newInputStream(whole)), columns);
                var out = new BufferedOutputStream(ScratchFiles.output(file), FILE_BUFFER)) {
            var writer = new ParquetRowWriter(columns, out);
            for (var row = in.next(); row != null; row = in.next()) {
                if (split.contains((Instant) Objects.requireNonNull(row[asOf]))) {
                    writer.row(row);
                    if (++rows % PROGRESS_ROWS == 0) {
                        watch.check();
                    }
                }
            }
            writer.finish();
        }
        return new Part(split.name(), file, rows, DatasetFiles.sha256(file));
    }

    private void store(Dataset dataset, Joined joined, List<Part> parts) {
        var manifest = manifest(dataset, joined, parts);
        var report = DatasetJson.write(joined.report());
        transaction.executeWithoutResult(_ -> {
            try {
                for (Part part : parts) {
                    files.store(dataset.id(), part.split(), part.rows(), part.file(), part.sha256());
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            if (!datasets.done(dataset, manifest, report)) {
                throw new BuildStoppedException();
            }
        });
    }

    private DatasetManifest manifest(Dataset dataset, Joined joined, List<Part> parts) {
        var spec = dataset.spec();
        var rebuilt = Optional.ofNullable(spec.rebuild())
                .map(original -> new DatasetManifest.Rebuilt(
                        original.version(),
                        original.contentHash(),
                        original.contentHash().equals(joined.contentHash())));
        return new DatasetManifest(
                dataset.version().name(),
                dataset.version().version(),
                Timestamps.format(dataset.createdAt()),
                dataset.createdBy(),
                Timestamps.format(Timestamps.truncated(clock.instant())),
                asofVersion,
                spec.featureService(),
                spec.definitions(),
                joined.programs().isEmpty() ? null : joined.programs(),
                spec.strict(),
                spec.known(),
                DatasetManifest.Seen.of(joined.seen()),
                new DatasetManifest.Spine(
                        "datasets." + dataset.spineTable(),
                        dataset.rowsTotal(),
                        spec.spineHash(),
                        spec.asOfColumn(),
                        spec.spineColumns(),
                        spec.origin()),
                spec.label(),
                dataset.rowsTotal(),
                joined.contentHash(),
                size(parts.getFirst()),
                parts.getFirst().sha256(),
                joined.columns(),
                parts.stream().skip(1).map(part -> splitRows(part, spec)).toList(),
                spec.gap(),
                spec.splits().isEmpty() ? null : spec.gapRows(),
                joined.report().verdict(),
                rebuilt.orElse(null));
    }

    private static DatasetManifest.SplitRows splitRows(Part part, DatasetSpec spec) {
        var split = spec.split(part.split());
        return new DatasetManifest.SplitRows(
                split.name(),
                Optional.ofNullable(split.from()).map(Timestamps::format).orElse(null),
                Optional.ofNullable(split.until()).map(Timestamps::format).orElse(null),
                part.rows(),
                size(part),
                part.sha256());
    }

    private static long size(Part part) {
        try {
            return Files.size(part.file());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (var contents = Files.list(directory)) {
            for (Path file : contents.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(directory);
    }
}
