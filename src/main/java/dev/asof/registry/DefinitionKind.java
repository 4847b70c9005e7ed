package dev.asof.registry;

import java.util.Locale;

/** The kinds of definition a bundle may hold, in the order in which they depend on each other. */
public enum DefinitionKind {
    ENTITY,
    SOURCE,
    FEATURE_VIEW,
    FEATURE_SERVICE;

    /** As it stands after {@code kind:} in a bundle. */
    public String yamlName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** As people say it, such as {@code feature view}. */
    public String label() {
        return yamlName().replace('_', ' ');
    }
}
