package dev.asof.registry;

/** What a user wrote, checked for form but not yet against other definitions. */
public sealed interface Definition
        permits EntityDefinition,
                SourceDefinition,
                FeatureViewDefinition,
                OnDemandViewDefinition,
                FeatureServiceDefinition {

    DefinitionKind kind();

    /** The name as text; unique within its kind. */
    String id();

    Metadata metadata();
}
