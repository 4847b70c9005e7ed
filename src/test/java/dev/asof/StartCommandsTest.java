package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every way to start a server that the project offers has it end when it is out of memory. */
class StartCommandsTest {

    private static final String OPTION = "-XX:+ExitOnOutOfMemoryError";

    @Test
    void aServerThatIsOutOfMemoryEnds() throws IOException {
        String pom = Files.readString(Path.of("pom.xml"));
        assertThat(pom).contains("<no.memory>" + OPTION + "</no.memory>", "<jvmArguments>${no.memory} ");
        assertThat(Files.readString(Path.of("docker/Dockerfile"))).contains(OPTION);
        assertThat(jarCommands(Path.of("README.md"))).isNotEmpty().allMatch(command -> command.contains(OPTION));
        assertThat(ServerProcess.OPTIONS).contains(OPTION);
    }

    private static List<String> jarCommands(Path page) throws IOException {
        return Files.readAllLines(page).stream()
                .filter(line -> line.startsWith("java ") && line.contains(" -jar "))
                .toList();
    }
}
