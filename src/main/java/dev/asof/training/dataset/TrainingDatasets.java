package dev.asof.training.dataset;

import dev.asof.http.Caller;
import dev.asof.jobs.JobState;
import dev.asof.offline.DatasetTables;
import dev.asof.registry.DefinitionPins;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.Metadata;
import dev.asof.registry.Registry;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.training.Dataset;
import dev.asof.training.DatasetSpec;
import dev.asof.training.DatasetVersion;
import dev.asof.training.leakage.LeakageReport;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.springframework.stereotype.Service;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What can be done with training datasets: order one, follow it, build it again, cancel and delete it. */
@Service
class TrainingDatasets {

    private final Datasets datasets;
    private final DatasetSpines spines;
    private final DatasetTables tables;
    private final DefinitionPins pins;
    private final DatasetBuilds builds;
    private final DatasetFiles files;
    private final DatasetRemoval removal;
    private final Registry registry;
    private final TransactionTemplate transaction;

    TrainingDatasets(
            Datasets datasets,
            DatasetSpines spines,
            DatasetTables tables,
            DefinitionPins pins,
            DatasetBuilds builds,
            DatasetFiles files,
            DatasetRemoval removal,
            Registry registry,
            PlatformTransactionManager transactions) {
        this.datasets = datasets;
        this.spines = spines;
        this.tables = tables;
        this.pins = pins;
        this.builds = builds;
        this.files = files;
        this.removal = removal;
        this.registry = registry;
        this.transaction = new TransactionTemplate(transactions);
    }

    /**
     * Orders the next version of a dataset: when this returns, its spine is stored and its build will happen, whatever
     * becomes of this server.
     *
     * @throws AsofException for everything the caller can mend
     */
    Dataset order(DatasetPlan plan, Caller caller) throws SQLException {
        try (var _ = spines.permit();
                var checked = spines.read(plan)) {
            return Objects.requireNonNull(transaction.execute(_ -> {
                var table = spines.store(checked);
                return create(plan, checked, table, caller);
            }));
        }
    }

    private Dataset create(DatasetPlan plan, DatasetSpines.Checked checked, String loadedTable, Caller caller) {
        var version = datasets.nextVersion(plan.name());
        var table = version.spineTable();
        tables.rename(loadedTable, table, "The spine of " + version.label());
        var selection = plan.query().selection();
        var spec = new DatasetSpec(
                selection.service().map(Object::toString).orElse(null),
                DatasetSpec.viewsOf(selection),
                selection.onDemand().isEmpty() ? null : DatasetSpec.onDemandOf(selection),
                DatasetSpec.featuresOf(selection),
                pin(version, selection),
                plan.query().asOfColumn(),
                plan.query().strict(),
                plan.query().known().text(),
                checked.spine().resultColumns().stream()
                        .map(DatasetSpec.Column::of)
                        .toList(),
                checked.hash(),
                DatasetSpec.Origin.of(plan.spine()),
                plan.label(),
                checked.splits(),
                checked.splits().isEmpty() ? null : checked.gap(),
                checked.leftOut(),
                plan.failOnLeakage(),
                plan.thresholds(),
                null);
        return schedule(version, spec, table, checked.spine().rows(), plan.metadata(), caller);
    }

    private List<DatasetSpec.Definition> pin(DatasetVersion version, FeatureSelection selection) {
        return pins.pin(version.label(), selection).stream()
                .map(pin -> new DatasetSpec.Definition(pin.kind().yamlName(), pin.name(), pin.version(), pin.hash()))
                .toList();
    }

    private Dataset schedule(
            DatasetVersion version, DatasetSpec spec, String table, long rows, Metadata metadata, Caller caller) {
        long id = datasets.create(version, spec, table, rows, metadata, caller.name());
        builds.schedule(id);
        return datasets.find(id).orElseThrow();
    }

    /**
     * Orders a version that is to be the same as another (rule A7), from that one's spine and manifest.
     *
     * @throws AsofException NOT_FOUND, or NOT_READY while the other is being built
     */
    Dataset rebuild(DatasetVersion.Reference reference, Caller caller) {
        var original = get(reference);
        var manifest = manifest(original);
        var again = new DatasetSpec.Rebuild(
                original.version().version(),
                manifest.contentHash(),
                manifest.seen().batches());
        return Objects.requireNonNull(transaction.execute(_ -> {
            var version = datasets.nextVersion(original.version().name());
            if (datasets.find(original.id()).isEmpty()) {
                throw new AsofException(ErrorCode.NOT_FOUND, original.version() + " was deleted meanwhile");
            }
            pin(version, original.spec().selection(registry.current()));
            return schedule(
                    version,
                    original.spec().rebuilding(again),
                    original.spineTable(),
                    original.rowsTotal(),
                    original.metadata(),
                    caller);
        }));
    }

    /**
     * The version that a reference names; for a bare name the newest that is done, else the newest.
     *
     * @throws AsofException NOT_FOUND with near misses
     */
    Dataset get(DatasetVersion.Reference reference) {
        var versions = versions(reference.name());
        if (reference.version().isEmpty()) {
            return versions.stream()
                    .filter(dataset -> dataset.state() == JobState.DONE)
                    .findFirst()
                    .orElseGet(versions::getFirst);
        }
        int version = reference.version().getAsInt();
        return versions.stream()
                .filter(dataset -> dataset.version().version() == version)
                .findFirst()
                .orElseThrow(() -> new AsofException(
                        ErrorCode.NOT_FOUND,
                        "There is no version %s of training dataset '%s'; there are %s"
                                .formatted(
                                        version,
                                        reference.name(),
                                        String.join(
                                                ", ",
                                                versions.stream()
                                                        .map(dataset -> dataset.version()
                                                                .toString())
                                                        .toList()))));
    }

    /** Every version of a name, newest first. */
    List<Dataset> versions(String name) {
        var versions = datasets.versions(name);
        if (versions.isEmpty()) {
            throw AsofException.notFound("training dataset", name, datasets.names());
        }
        return versions;
    }

    List<Dataset> page(DatasetFilter filter, String after, int limit) {
        return datasets.page(filter, after, limit);
    }

    /**
     * The dataset as it was built.
     *
     * @throws AsofException NOT_READY until it is, CONFLICT when it never will be
     */
    Dataset requireDone(Dataset dataset) {
        return switch (dataset.state()) {
            case DONE -> dataset;
            case PENDING, RUNNING ->
                throw new AsofException(
                        ErrorCode.NOT_READY,
                        "%s is being built: %s of %s rows are done"
                                .formatted(dataset.version(), dataset.rowsDone(), dataset.rowsTotal()));
            case FAILED ->
                throw new AsofException(
                        ErrorCode.CONFLICT,
                        "%s was not built: %s"
                                .formatted(dataset.version(), dataset.error().orElse("it failed")));
            case CANCELLED ->
                throw new AsofException(ErrorCode.CONFLICT, dataset.version() + " was cancelled, and never built");
        };
    }

    DatasetManifest manifest(Dataset dataset) {
        requireDone(dataset);
        return datasets.manifest(dataset.id())
                .map(json -> DatasetJson.read(json, DatasetManifest.class))
                .orElseThrow(() -> gone(dataset));
    }

    /** The report, of a dataset that was refused for it too. */
    LeakageReport leakageReport(Dataset dataset) {
        return datasets.leakageReport(dataset.id())
                .map(json -> DatasetJson.read(json, LeakageReport.class))
                .orElseThrow(() -> {
                    requireDone(dataset);
                    return gone(dataset);
                });
    }

    /**
     * The rows of a dataset or one of its splits.
     *
     * @param split empty for all rows
     * @throws AsofException NOT_FOUND with the splits there are
     */
    DatasetFiles.StoredFile file(Dataset dataset, String split) {
        requireDone(dataset);
        return files.find(dataset.id(), split).orElseThrow(() -> dataset.spec().noSuchSplit(split));
    }

    private static AsofException gone(Dataset dataset) {
        return new AsofException(ErrorCode.NOT_FOUND, dataset.version() + " was deleted meanwhile");
    }

    /** @throws AsofException CONFLICT when it has ended */
    Dataset cancel(DatasetVersion.Reference reference) {
        var dataset = reference.version().isPresent()
                ? get(reference)
                : versions(reference.name()).getFirst();
        if (!datasets.table().cancel(dataset.id())) {
            throw new AsofException(
                    ErrorCode.CONFLICT,
                    "%s has ended: it is %s"
                            .formatted(
                                    dataset.version(),
                                    get(new DatasetVersion.Reference(
                                                    dataset.version().name(),
                                                    java.util.OptionalInt.of(
                                                            dataset.version().version())))
                                            .state()
                                            .text()));
        }
        return datasets.find(dataset.id()).orElseThrow();
    }

    /**
     * Deletes a version, or all of a name, and frees the definitions they pin.
     *
     * @throws AsofException CONFLICT while one is being built
     */
    void delete(DatasetVersion.Reference reference) {
        transaction.executeWithoutResult(_ -> {
            datasets.lockName(reference.name());
            var doomed = reference.version().isPresent() ? List.of(get(reference)) : versions(reference.name());
            for (Dataset dataset : doomed) {
                if (dataset.state().isUnderWay()) {
                    throw new AsofException(ErrorCode.CONFLICT, dataset.version() + " is being built: cancel it first");
                }
                removal.removeSpine(dataset);
                datasets.delete(dataset);
            }
        });
    }
}
