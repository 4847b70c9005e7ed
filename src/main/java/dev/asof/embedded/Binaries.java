package dev.asof.embedded;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.springframework.util.FileSystemUtils;
import org.tukaani.xz.XZInputStream;

/** The servers' programs, unpacked from the Maven artifacts on the class path; once a version. */
final class Binaries {

    private static final String REDIS_VERSION = "7.0.15";

    private final Path directory;

    Binaries(Path directory) {
        this.directory = directory;
    }

    /** Postgres's home: the directory with {@code bin}, {@code lib} and {@code share}. */
    Path postgresHome() {
        var resource = resource("postgres-%s-%s.txz".formatted(os(), isArm() ? "arm_64" : "x86_64"));
        try {
            var checksum = ((JarURLConnection) resource.openConnection()).getJarEntry().getCrc();
            return unpackOnce("postgres-%08x".formatted(checksum), target -> unpackTarXz(resource, target));
        } catch (IOException e) {
            throw new EmbeddedStoresException("Postgres cannot be unpacked into " + directory + ": " + e, e);
        }
    }

    Path redisServer() {
        var name = "redis-server-%s-%s-%s".formatted(REDIS_VERSION, os(), isArm() ? "arm64" : "amd64");
        var resource = resource("redis-server-%s-%s-%s".formatted(REDIS_VERSION, os(), isArm() ? "arm64" : "amd64"));
        try {
            return unpackOnce(name, target -> {
                try (var in = resource.openStream()) {
                    Files.copy(in, target);
                }
                makeExecutable(target);
            });
        } catch (IOException e) {
            throw new EmbeddedStoresException("Redis cannot be unpacked into " + directory + ": " + e, e);
        }
    }

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
        } catch (FileAlreadyExistsException | java.nio.file.DirectoryNotEmptyException e) {
            if (!Files.exists(target)) {
                throw e;
            }
        }
    }

    private static void unpackTarXz(URL resource, Path target) throws IOException {
        try (InputStream in = new BufferedInputStream(resource.openStream());
                var tar = new TarArchiveInputStream(new XZInputStream(in))) {
            for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                unpackEntry(tar, entry, target.resolve(entry.getName()));
            }
        }
    }

    private static void unpackEntry(TarArchiveInputStream tar, TarArchiveEntry entry, Path path) throws IOException {
        if (entry.isDirectory()) {
            Files.createDirectories(path);
            return;
        }
        Files.createDirectories(path.getParent());
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else {
            Files.copy(tar, path);
            if ((entry.getMode() & 0111) != 0) {
                makeExecutable(path);
            }
        }
    }

    private static void makeExecutable(Path file) {
        if (!file.toFile().setExecutable(true, false)) {
            throw new EmbeddedStoresException("%s cannot be made executable: is its file system mounted noexec?"
                    .formatted(file));
        }
    }

    private static URL resource(String name) {
        var url = Binaries.class.getClassLoader().getResource(name);
        if (url == null) {
            throw new EmbeddedStoresException(("There is no embedded %s here: configure real stores with "
                    + "SPRING_DATASOURCE_URL and SPRING_DATA_REDIS_URL. (The embedded ones come with "
                    + "./mvnw spring-boot:run on Linux and macOS, and are left out of the server's jar.)").formatted(name));
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
