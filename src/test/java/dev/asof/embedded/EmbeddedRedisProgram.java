package dev.asof.embedded;

import java.nio.file.Path;

/** Where the embedded Redis's program is, for tests that start processes of their own. */
public final class EmbeddedRedisProgram {

    private EmbeddedRedisProgram() {}

    /** @param directory where it is unpacked, unless it is there already */
    public static Path unpacked(Path directory) {
        return new Binaries(directory.toAbsolutePath()).redisServer();
    }
}
