package dev.asof.registry.catalog;

import dev.asof.registry.DefinitionKind;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.data.annotation.Id;
import org.springframework.data.relational.core.mapping.Table;

/** A definition that exists; see the migration for its columns. */
@Table(schema = "asof", name = "definition")
public record DefinitionRow(
        @Id @Nullable Long id,
        DefinitionKind kind,
        String name,
        @Nullable Integer currentVersion,
        Instant createdAt) {

    public DefinitionRow withCurrent(@Nullable Integer version) {
        return new DefinitionRow(id, kind, name, version, createdAt);
    }
}
