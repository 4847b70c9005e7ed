package dev.asof.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a data directory to one process. The operating system gives it back when the process dies, however it dies. */
final class DataDirectoryLock implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DataDirectoryLock.class);

    private final FileChannel channel;

    private DataDirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    static DataDirectoryLock acquire(Path dataDirectory) {
        var file = dataDirectory.resolve("lock");
        try {
            Files.createDirectories(dataDirectory);
            closeToOthers(dataDirectory);
            var channel = FileChannel.open(
                    file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), Secrets.OWNER_ONLY);
            if (!tryLock(channel)) {
                channel.close();
                throw new EmbeddedStoresException(("The data directory %s is in use by another server (pid %s): stop "
                                + "that one, or set ASOF_EMBEDDED_DATA_DIR to another directory.")
                        .formatted(
                                dataDirectory,
                                LocalProcesses.pidIn(file).map(String::valueOf).orElse("unknown")));
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(
                    "%s%n".formatted(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
            return new DataDirectoryLock(channel);
        } catch (IOException e) {
            throw new EmbeddedStoresException(
                    ("The data directory %s cannot be used (%s): let this user write there, "
                                    + "or set ASOF_EMBEDDED_DATA_DIR to another directory.")
                            .formatted(dataDirectory, e),
                    e);
        }
    }

    /** A volume that was mounted may be another user's, who says who may look into it. */
    private static void closeToOthers(Path directory) {
        try {
            Files.setPosixFilePermissions(directory, Unprivileged.find().directoryPermissions());
        } catch (IOException e) {
            LOG.info("Who may look into {} is left to its owner: {}", directory, e.getMessage());
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new EmbeddedStoresException("The data directory cannot be given back: " + e, e);
        }
    }
}
