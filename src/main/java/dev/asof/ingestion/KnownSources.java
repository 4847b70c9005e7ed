package dev.asof.ingestion;

import dev.asof.registry.RegistrySnapshot;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Names;
import dev.asof.shared.SourceName;

/** Finds sources by what stands in a request's path. */
public final class KnownSources {

    private KnownSources() {}

    /** @throws AsofException NOT_FOUND with near misses, for what cannot be a name too */
    public static SourceName require(RegistrySnapshot registry, String name) {
        if (!Names.isValid(name)) {
            throw AsofException.notFound(
                    "source",
                    name,
                    registry.sources().stream()
                            .map(source -> source.definition().name().value())
                            .toList());
        }
        var source = new SourceName(name);
        registry.source(source);
        return source;
    }

    /** @throws AsofException NOT_FOUND as {@link #require}, CONFLICT when its rows are read from a table */
    public static SourceName requirePushed(RegistrySnapshot registry, String name) {
        SourceName source = require(registry, name);
        if (registry.source(source).definition().table().isPresent()) {
            throw new AsofException(
                    ErrorCode.CONFLICT,
                    "'%1$s' is a table source: mend or add its rows there, and read it by POST /sources/%1$s/reads"
                            .formatted(name));
        }
        return source;
    }
}
