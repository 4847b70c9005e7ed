package dev.asof.registry;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The kinds of definition a bundle may hold, in the order in which they depend on each other. */
public enum DefinitionKind {
    ENTITY,
    SOURCE,
    FEATURE_VIEW,
    ON_DEMAND_FEATURE_VIEW,
    FEATURE_SERVICE;

    /** As it stands after {@code kind:} in a bundle. */
    public String yamlName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Empty for a text that is the {@link #yamlName} of none. */
    public static Optional<DefinitionKind> of(String yamlName) {
        return Arrays.stream(values())
                .filter(kind -> kind.yamlName().equals(yamlName))
                .findFirst();
    }

    /** As people say it, such as {@code feature view}. */
    public String label() {
        return yamlName().replace("on_demand", "on-demand").replace('_', ' ');
    }
}
