package dev.asof.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IncomingBodyTest {

    private static final byte[] LARGE = new byte[IncomingBody.HELD_BYTES + 1];
    private static final long MOST = 1 << 20;

    @TempDir
    private Path directory;

    @Test
    void whatDoesNotFitIntoMemoryIsKeptOnDiskForAsLongAsItIsNeeded() throws IOException {
        try (var body = IncomingBody.receive(new ByteArrayInputStream(LARGE), -1, MOST, directory);
                var in = body.open()) {
            assertThat(in.readAllBytes()).isEqualTo(LARGE);
            assertThat(directory).isNotEmptyDirectory();
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void noRoomForABodyIsTheServersTroubleAndNotItsSenders() {
        assertThatThrownBy(() ->
                        IncomingBody.receive(new ByteArrayInputStream(LARGE), -1, MOST, directory.resolve("gone")))
                .isInstanceOfSatisfying(
                        AsofException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    }

    @Test
    void aBodyThatBreaksOffIsItsSendersAndLeavesNothing() {
        var broken = new SequenceInputStream(new ByteArrayInputStream(LARGE), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("reset");
            }
        });

        assertThatThrownBy(() -> IncomingBody.receive(broken, -1, MOST, directory))
                .isInstanceOf(IOException.class)
                .hasMessage("reset");
        assertThat(directory).isEmptyDirectory();
    }
}
