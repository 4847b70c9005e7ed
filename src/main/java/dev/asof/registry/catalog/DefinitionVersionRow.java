package dev.asof.registry.catalog;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.VersionState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.data.annotation.Id;
import org.springframework.data.relational.core.mapping.Table;

/** One version of a definition; all but its state and the parts of its spec that are not meaning is immutable. */
@Table(schema = "asof", name = "definition_version")
public record DefinitionVersionRow(
        @Id @Nullable Long id,
        DefinitionKind kind,
        String name,
        int version,
        VersionState state,
        String hash,
        boolean breaking,
        int format,
        Json spec,
        Json resolved,
        Instant createdAt) {

    public DefinitionVersionRow withState(VersionState next) {
        return new DefinitionVersionRow(
                id, kind, name, version, next, hash, breaking, format, spec, resolved, createdAt);
    }

    public DefinitionVersionRow withSpec(int nextFormat, Json next) {
        return new DefinitionVersionRow(
                id, kind, name, version, state, hash, breaking, nextFormat, next, resolved, createdAt);
    }
}
