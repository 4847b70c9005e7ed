package dev.asof.embedded;

import java.nio.file.Path;

/**
 * Which embedded stores to start, and where. No part is null.
 *
 * @param dataDirectory held by one process at a time; made where missing
 * @param binariesDirectory where the servers' programs are unpacked, once a version; may be shared
 * @param durability whether the data must survive a crash of the machine
 * @param postgres whether Postgres is wanted
 * @param redis whether Redis is wanted
 */
public record EmbeddedSettings(
        Path dataDirectory, Path binariesDirectory, Durability durability, boolean postgres, boolean redis) {

    /** What a store promises about acknowledged writes. */
    public enum Durability {
        /** On disk before they are acknowledged. */
        KEPT,
        /** Not at all: each start begins empty. For tests. */
        THROWAWAY
    }

    public EmbeddedSettings {
        dataDirectory = dataDirectory.toAbsolutePath().normalize();
        binariesDirectory = binariesDirectory.toAbsolutePath().normalize();
    }
}
