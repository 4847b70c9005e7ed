package dev.asof.registry;

import dev.asof.shared.EntityName;
import dev.asof.shared.SourceName;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Function;

/** Checks a feature view against the entities and the source it names, and infers its features' types. */
final class ViewResolver {

    private ViewResolver() {}

    /**
     * @param entityNames all there are, for near misses
     * @param sourceNames all there are, for near misses
     */
    static ResolvedView resolve(
            FeatureViewDefinition view,
            Function<EntityName, Optional<EntityDefinition>> entities,
            Function<SourceName, Optional<SourceDefinition>> sources,
            Collection<String> entityNames,
            Collection<String> sourceNames) {
        throw new UnsupportedOperationException(
                "not written yet: " + view + entities + sources + entityNames + sourceNames);
    }
}
