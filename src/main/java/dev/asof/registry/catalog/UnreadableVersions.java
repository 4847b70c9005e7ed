package dev.asof.registry.catalog;

import dev.asof.registry.DefinitionKind;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.SourceName;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** What of the registry this server can't read or compute, and what it therefore leaves to newer servers. */
public final class UnreadableVersions {

    static final UnreadableVersions NONE = new UnreadableVersions(List.of());

    private final List<UnreadableVersion> versions;

    UnreadableVersions(List<UnreadableVersion> versions) {
        this.versions = List.copyOf(versions);
    }

    List<UnreadableVersion> live() {
        return versions.stream().filter(UnreadableVersion::live).toList();
    }

    Stream<UnreadableVersion> of(DefinitionKind kind, String name) {
        return versions.stream().filter(version -> version.is(kind, name));
    }

    Optional<UnreadableVersion> computedFrom(SourceName source) {
        return versions.stream()
                .filter(version -> version.isComputedFrom(source))
                .findFirst();
    }

    /** @throws AsofException NEWER_SERVER_NEEDED when rows of this source would be lost to a version */
    public void requireComputable(SourceName source) {
        computedFrom(source).ifPresent(version -> {
            throw new AsofException(
                    ErrorCode.NEWER_SERVER_NEEDED,
                    "Source '%s' is left to newer servers: %s".formatted(source, explained(version)));
        });
    }

    /** @throws AsofException NEWER_SERVER_NEEDED when a version in force of a definition can't be read */
    void requireReadable(DefinitionKind kind, String name) {
        of(kind, name).filter(UnreadableVersion::live).findFirst().ifPresent(UnreadableVersions::refuse);
    }

    void requireReadable(DefinitionKind kind, String name, int version) {
        of(kind, name).filter(it -> it.version() == version).findFirst().ifPresent(UnreadableVersions::refuse);
    }

    /**
     * @param version asked for; empty for the current one
     * @param current the current version there is, if some version can be read
     */
    void requireReadable(DefinitionKind kind, String name, OptionalInt version, Optional<OptionalInt> current) {
        of(kind, name)
                .filter(it -> version.isPresent()
                        ? it.version() == version.getAsInt()
                        : current.isEmpty() || current.get().equals(OptionalInt.of(it.version())))
                .findFirst()
                .ifPresent(UnreadableVersions::refuse);
    }

    /** @param doing what can only be done by who knows everything, such as {@code Deleting} */
    public void requireAllReadable(String doing) {
        versions.stream().filter(UnreadableVersion::live).findFirst().ifPresent(version -> {
            throw new AsofException(
                    ErrorCode.NEWER_SERVER_NEEDED,
                    "%s is left to newer servers, as what depends on it may not be known here: %s"
                            .formatted(doing, explained(version)));
        });
    }

    /** The newest service version in force that can't be read and whose views are ready. */
    OptionalInt newestReadyService(String name) {
        return of(DefinitionKind.FEATURE_SERVICE, name)
                .filter(version -> version.live() && version.ready())
                .mapToInt(UnreadableVersion::version)
                .max();
    }

    static void refuse(UnreadableVersion version) {
        throw new AsofException(ErrorCode.NEWER_SERVER_NEEDED, explained(version));
    }

    private static String explained(UnreadableVersion version) {
        return "this server can't compute %s: %s; upgrade it, or ask a newer one".formatted(version, version.why());
    }
}
