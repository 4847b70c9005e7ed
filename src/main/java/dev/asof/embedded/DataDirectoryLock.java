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

/** Keeps a data directory to one process. The operating system gives it back when the process dies, however it dies. */
final class DataDirectoryLock implements AutoCloseable {

    private final FileChannel channel;

    private DataDirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    static DataDirectoryLock acquire(Path dataDirectory) {
        var file = dataDirectory.resolve("lock");
        try {
            Files.createDirectories(dataDirectory);
            Files.setPosixFilePermissions(dataDirectory, Unprivileged.find().directoryPermissions());
            var channel = FileChannel.open(
                    file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), Secrets.OWNER_ONLY);
            if (!tryLock(channel)) {
                channel.close();
                throw new EmbeddedStoresException(("The data directory %s is in use by another server (pid %s): stop "
                        + "that one, or set ASOF_EMBEDDED_DATA_DIR to another directory.")
                        .formatted(dataDirectory, LocalProcesses.pidIn(file).map(String::valueOf).orElse("unknown")));
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap("%s%n".formatted(ProcessHandle.current().pid())
                    .getBytes(StandardCharsets.US_ASCII)));
            return new DataDirectoryLock(channel);
        } catch (IOException e) {
            throw new EmbeddedStoresException(("The data directory %s cannot be used (%s): let this user write there, "
                    + "or set ASOF_EMBEDDED_DATA_DIR to another directory.").formatted(dataDirectory, e), e);
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
