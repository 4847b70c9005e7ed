package dev.asof.formats;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.FileSystemUtils;

/**
 * The files that a server needs for a while: bodies, spines, blocks of joins, copies of histories. They are in a
 * directory of this process's own below {@code java.io.tmpdir}, which no other user can look into. The process holds a
 * lock on it, by which the next server knows those that killed ones have left, and removes them.
 */
public final class ScratchFiles {

    /** Who may read and write a file that holds users' rows: this process's user. */
    public static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private static final Logger LOG = LoggerFactory.getLogger(ScratchFiles.class);
    private static final String PREFIX = "asof-scratch-";
    private static final String LOCK = "lock";

    private ScratchFiles() {}

    /** A new empty file, for the caller to delete. */
    public static Path file(String prefix, String suffix) throws IOException {
        return Files.createTempFile(own(), prefix, suffix);
    }

    /** A new directory, for the caller to delete with all that is in it. */
    public static Path directory(String prefix) throws IOException {
        return Files.createTempDirectory(own(), prefix);
    }

    /** Writes a new file in such a directory. */
    public static OutputStream output(Path file) throws IOException {
        return Channels.newOutputStream(
                FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), OWNER_ONLY));
    }

    /** What to answer when such a file can't be written or read: that is the server's trouble, and may pass. */
    public static AsofException failed(IOException e) {
        return new AsofException(
                ErrorCode.UNAVAILABLE,
                "The server can't keep temporary files now, as when its disk is full: try again later",
                e);
    }

    /** Removes what processes that were killed have left; those of processes that run stay. */
    static void removeLeftovers() {
        own();
        for (Path directory : scratchDirectories()) {
            try {
                if (isAbandoned(directory)) {
                    FileSystemUtils.deleteRecursively(directory);
                    LOG.info("Removed the temporary files of a server that was killed: {}", directory);
                }
            } catch (IOException e) {
                LOG.debug("{} is another user's, or goes away: {}", directory, e.getMessage());
            }
        }
    }

    /** Removes this process's directory, at its end. */
    static void removeOwn() {
        try {
            FileSystemUtils.deleteRecursively(own());
        } catch (IOException e) {
            LOG.debug("The next server removes {}: {}", own(), e.getMessage());
        }
    }

    private static Path own() {
        return Own.DIRECTORY;
    }

    private static Path parent() {
        return Path.of(System.getProperty("java.io.tmpdir"));
    }

    private static List<Path> scratchDirectories() {
        try (Stream<Path> all = Files.list(parent())) {
            return all.filter(each -> each.getFileName().toString().startsWith(PREFIX))
                    .filter(each -> !each.equals(own()))
                    .toList();
        } catch (IOException e) {
            LOG.warn("What killed servers left in {} can't be looked for: {}", parent(), e.getMessage());
            return List.of();
        }
    }

    private static boolean isAbandoned(Path directory) throws IOException {
        try (var channel = FileChannel.open(directory.resolve(LOCK), StandardOpenOption.WRITE);
                var lock = channel.tryLock()) {
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /** Made at first use. */
    private static final class Own {

        /** Open, and so locked, as long as the process runs. */
        private static final FileChannel HELD;

        private static final Path DIRECTORY;

        static {
            try {
                // under another name until it is locked, so that nobody takes it for a leftover
                Path made = Files.createTempDirectory(parent(), "asof-starting-");
                HELD = FileChannel.open(
                        made.resolve(LOCK),
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        OWNER_ONLY);
                HELD.lock();
                DIRECTORY = Files.move(
                        made,
                        made.resolveSibling(
                                PREFIX + made.getFileName().toString().replaceAll("\\D", "")));
            } catch (IOException e) {
                throw new UncheckedIOException("No temporary files can be made in " + parent(), e);
            }
        }
    }
}
