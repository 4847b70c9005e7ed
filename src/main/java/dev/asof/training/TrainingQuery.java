package dev.asof.training;

import dev.asof.registry.FeatureSelection;
import dev.asof.registry.Known;
import dev.asof.shared.ValueType;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;

/**
 * A checked request: which features to join to a spine, and by which reading of the as-of rule.
 *
 * @param asOfColumn the spine column with the as-of times
 * @param zone of times without an offset; empty when they are an error
 * @param types of spine columns that the request decides; the others are found by their values
 */
public record TrainingQuery(
        FeatureSelection selection,
        String asOfColumn,
        Optional<ZoneId> zone,
        Map<String, ValueType> types,
        boolean strict,
        Known known) {

    public TrainingQuery {
        types = Map.copyOf(types);
    }

    /** A file name's stem that says what the rows are. */
    public String fileStem() {
        return selection
                .service()
                .map(service -> service.service() + "_v" + service.version())
                .orElse("historical_features");
    }
}
