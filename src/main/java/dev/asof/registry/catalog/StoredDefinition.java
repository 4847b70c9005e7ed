package dev.asof.registry.catalog;

import dev.asof.registry.DefinitionKind;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A definition that exists, with every version it ever had.
 *
 * @param currentVersion what the bare name means; for a feature service the newest that is ready
 */
public record StoredDefinition(
        DefinitionKind kind, String name, OptionalInt currentVersion, NavigableMap<Integer, StoredVersion> versions) {

    public StoredDefinition {
        versions = Collections.unmodifiableNavigableMap(new TreeMap<>(versions));
    }

    public Optional<StoredVersion> current() {
        return currentVersion.isPresent()
                ? Optional.ofNullable(versions.get(currentVersion.getAsInt()))
                : Optional.empty();
    }

    /** Not retired, newest first. */
    public Stream<StoredVersion> live() {
        return versions.descendingMap().values().stream()
                .filter(version -> version.state().isLive());
    }

    /** The newest version that is not retired, or the newest of all. */
    public StoredVersion newest() {
        return live().findFirst().orElseGet(() -> versions.lastEntry().getValue());
    }

    boolean isCurrent(StoredVersion version) {
        return currentVersion.isPresent() && currentVersion.getAsInt() == version.version();
    }
}
