package dev.asof.registry;

import dev.asof.shared.EntityName;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.SourceName;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A feature view as written.
 *
 * @param entities whose features these are; empty for a global view
 * @param ttl how old a value may be; empty for any age
 * @param revision raised by hand to make a new version of an unchanged definition; 1 unless set
 */
public record FeatureViewDefinition(
        FeatureViewName name,
        List<ViewEntity> entities,
        SourceName source,
        Optional<Duration> ttl,
        List<FeatureDefinition> features,
        int revision,
        Metadata metadata)
        implements Definition {

    /**
     * An entity of a view.
     *
     * @param keys the source column of each join key whose name differs from it
     */
    public record ViewEntity(EntityName entity, Map<String, String> keys) {
        public ViewEntity {
            keys = Map.copyOf(keys);
        }
    }

    public FeatureViewDefinition {
        entities = List.copyOf(entities);
        features = List.copyOf(features);
    }

    @Override
    public DefinitionKind kind() {
        return DefinitionKind.FEATURE_VIEW;
    }

    @Override
    public String id() {
        return name.value();
    }
}
