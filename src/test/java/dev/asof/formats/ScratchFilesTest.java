package dev.asof.formats;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ScratchFilesTest {

    @Test
    void nobodyElseCanLookIntoThem() throws IOException {
        Path file = ScratchFiles.file("test-", ".rows");
        Path directory = ScratchFiles.directory("test-");
        Path within = directory.resolve("rows");
        ScratchFiles.output(within).close();
        try {
            assertThat(mode(file)).isEqualTo("rw-------");
            assertThat(mode(within)).isEqualTo("rw-------");
            assertThat(mode(directory)).isEqualTo("rwx------");
            assertThat(mode(Objects.requireNonNull(file.getParent()))).isEqualTo("rwx------");
        } finally {
            Files.delete(file);
            Files.delete(within);
            Files.delete(directory);
        }
    }

    @Test
    void whatAKilledServerLeftIsRemovedAndWhatRunningOnesHaveStays() throws IOException {
        Path mine = ScratchFiles.file("test-", ".rows");
        Path killed = directory("asof-scratch-1", "spine.rows");
        Path runs = directory("asof-scratch-2", "spine.rows");
        Path others = directory("asof-others", "file");
        try (var channel = FileChannel.open(runs.resolve("lock"), StandardOpenOption.WRITE);
                var _ = channel.lock()) {
            ScratchFiles.removeLeftovers();

            assertThat(killed).doesNotExist();
            assertThat(runs.resolve("spine.rows")).exists();
            assertThat(others.resolve("file")).exists();
            assertThat(mine).exists();
        }
        ScratchFiles.removeLeftovers();
        assertThat(runs).doesNotExist();
        Files.delete(mine);
        Files.delete(others.resolve("file"));
        Files.delete(others.resolve("lock"));
        Files.delete(others);
    }

    private static Path directory(String name, String file) throws IOException {
        Path directory = Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir"), name));
        Files.writeString(directory.resolve("lock"), "");
        Files.writeString(directory.resolve(file), "rows");
        return directory;
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
