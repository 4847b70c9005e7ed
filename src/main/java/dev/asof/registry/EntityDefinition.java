package dev.asof.registry;

import dev.asof.shared.EntityName;
import dev.asof.shared.ScalarType;
import java.util.List;

/** What features describe: one or more typed join keys. */
public record EntityDefinition(EntityName name, List<JoinKey> keys, Metadata metadata) implements Definition {

    /** One join key. */
    public record JoinKey(String name, ScalarType type) {}

    public EntityDefinition {
        keys = List.copyOf(keys);
    }

    @Override
    public DefinitionKind kind() {
        return DefinitionKind.ENTITY;
    }

    @Override
    public String id() {
        return name.value();
    }
}
