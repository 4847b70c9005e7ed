package dev.asof.training;

import dev.asof.registry.FeatureSelection;
import dev.asof.registry.Known;
import java.time.ZoneId;
import java.util.Optional;

/**
 * A checked request: which features to join to a spine, and by which reading of the as-of rule.
 *
 * @param asOfColumn the spine column with the as-of times
 * @param zone of times without an offset; empty when they are an error
 */
record TrainingQuery(
        FeatureSelection selection, String asOfColumn, Optional<ZoneId> zone, boolean strict, Known known) {

    /** A file name's stem that says what the rows are. */
    String fileStem() {
        return selection
                .service()
                .map(service -> service.service() + "_v" + service.version())
                .orElse("historical_features");
    }
}
