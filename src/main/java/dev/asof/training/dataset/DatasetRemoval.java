package dev.asof.training.dataset;

import dev.asof.offline.DatasetTables;
import dev.asof.registry.DefinitionPins;
import dev.asof.training.Dataset;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Takes away what datasets keep. */
@Component
class DatasetRemoval {

    private final Datasets datasets;
    private final DatasetTables tables;
    private final DefinitionPins pins;
    private final TransactionTemplate transaction;

    DatasetRemoval(
            Datasets datasets, DatasetTables tables, DefinitionPins pins, PlatformTransactionManager transactions) {
        this.datasets = datasets;
        this.tables = tables;
        this.pins = pins;
        this.transaction = new TransactionTemplate(transactions);
    }

    /** Leaves nothing of a build that failed or was cancelled but the fact; does nothing for others. */
    void cleanUp(long id) {
        transaction.executeWithoutResult(_ -> datasets.find(id).ifPresent(dataset -> {
            datasets.lockName(dataset.version().name());
            switch (dataset.state()) {
                case FAILED, CANCELLED -> removeSpine(dataset);
                case PENDING, RUNNING, DONE -> {}
            }
        }));
    }

    /** Removes a version's spine unless another needs it, and frees its definitions; the name is locked. */
    void removeSpine(Dataset dataset) {
        pins.release(dataset.version().label());
        if (!datasets.isSpineShared(dataset)) {
            tables.drop(dataset.spineTable());
        }
    }
}
