package dev.asof.registry;

import dev.asof.shared.FeatureServiceName;
import dev.asof.shared.FeatureViewName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** A feature service as written. */
public record FeatureServiceDefinition(
        FeatureServiceName name, List<Item> features, TrainingDefaults training, Metadata metadata)
        implements Definition {

    /**
     * Features of one view.
     *
     * @param version the pinned version ({@code view@v2}); empty for the one that is current when applied
     * @param role the name these features go by in place of the view's ({@code as:}); empty for the view's own
     * @param keys for a role: the request's column for each join key whose name differs
     * @param features names in order; empty for all in declared order ({@code *})
     */
    public record Item(
            FeatureViewName view,
            OptionalInt version,
            Optional<String> role,
            Map<String, String> keys,
            List<String> features) {
        public Item {
            keys = Map.copyOf(keys);
            features = List.copyOf(features);
        }
    }

    public FeatureServiceDefinition {
        features = List.copyOf(features);
    }

    @Override
    public DefinitionKind kind() {
        return DefinitionKind.FEATURE_SERVICE;
    }

    @Override
    public String id() {
        return name.value();
    }
}
