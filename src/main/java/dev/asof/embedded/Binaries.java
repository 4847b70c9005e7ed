package dev.asof.embedded;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.util.FileSystemUtils;

/** The servers' programs, unpacked from the Maven artifacts on the class path; once a version. */
final class Binaries {

    private static final String REDIS_VERSION = "7.0.15";

    private final Path directory;
    private @Nullable Path postgresHome;

    Binaries(Path directory) {
        this.directory = directory;
    }

    /** @throws EmbeddedStoresException if what is wanted does not exist for this machine, before anything is written */
    void check(boolean postgres, boolean redis) {
        if (postgres) {
            resource(postgresName());
        }
        if (redis) {
            resource(redisName());
        }
    }

    /** Postgres's home: the directory with {@code bin}, {@code lib} and {@code share}. */
    synchronized Path postgresHome() {
        var known = postgresHome;
        if (known == null) {
            known = unpackPostgres();
            postgresHome = known;
        }
        return known;
    }

    private Path unpackPostgres() {
        var resource = resource(postgresName());
        try {
            var checksum =
                    ((JarURLConnection) resource.openConnection()).getJarEntry().getCrc();
            return unpackOnce(String.format(Locale.ROOT, "postgres-%08x", checksum), target -> {
                try (var archive = resource.openStream()) {
                    TarXz.unpack(archive, target);
                }
            });
        } catch (IOException e) {
            throw new EmbeddedStoresException("Postgres cannot be unpacked into " + directory + ": " + e, e);
        }
    }

    Path redisServer() {
        var name = redisName();
        var resource = resource(name);
        try {
            return unpackOnce(name, target -> {
                try (var program = resource.openStream()) {
                    Files.copy(program, target);
                }
                makeExecutable(target);
            });
        } catch (IOException e) {
            throw new EmbeddedStoresException("Redis cannot be unpacked into " + directory + ": " + e, e);
        }
    }

    static void makeExecutable(Path file) throws IOException {
        if (!file.toFile().setExecutable(true, false)) {
            throw new IOException(file + " cannot be made executable");
        }
    }

    /** Unpacks aside and moves into place, so that a program is there whole or not at all. */
    private Path unpackOnce(String name, Unpacker unpacker) throws IOException {
        var target = directory.resolve(name);
        if (Files.exists(target)) {
            return target;
        }
        Files.createDirectories(directory);
        var scratch = Files.createTempDirectory(directory, "unpacking-");
        try {
            var unpacked = scratch.resolve(name);
            unpacker.unpackInto(unpacked);
            moveUnlessThere(unpacked, target);
        } finally {
            FileSystemUtils.deleteRecursively(scratch);
        }
        return target;
    }

    /** Another process may have unpacked the same at the same time. */
    private static void moveUnlessThere(Path unpacked, Path target) throws IOException {
        try {
            Files.move(unpacked, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (!Files.exists(target)) {
                throw e;
            }
        }
    }

    private static String postgresName() {
        return "postgres-%s-%s.txz".formatted(os(), isArm() ? "arm_64" : "x86_64");
    }

    private static String redisName() {
        return "redis-server-%s-%s-%s".formatted(REDIS_VERSION, os(), isArm() ? "arm64" : "amd64");
    }

    private static URL resource(String name) {
        var url = Binaries.class.getClassLoader().getResource(name);
        if (url == null) {
            throw new EmbeddedStoresException(("No stores are configured: set SPRING_DATASOURCE_URL and"
                + " SPRING_DATA_REDIS_URL. (Embedded ones come with ./mvnw spring-boot:run on Linux and macOS; the"
                + " server's jar is without them. Looked for %s.)")
                    .formatted(name));
        }
        return url;
    }

    private static String os() {
        var name = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        return name.startsWith("mac") ? "darwin" : name.split(" ", 2)[0];
    }

    private static boolean isArm() {
        return System.getProperty("os.arch").equals("aarch64");
    }

    private interface Unpacker {
        void unpackInto(Path target) throws IOException;
    }
}
