package dev.asof.embedded;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs the servers' own programs to their end. */
final class Commands {

    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final Charset NATIVE = Charset.defaultCharset();

    private Commands() {}

    /**
     * Runs a command to its end.
     *
     * @throws EmbeddedStoresException with the command's output, if it fails
     */
    static void run(String purpose, List<String> command, Map<String, String> environment, String input) {
        var result = tryRun(command, environment, input);
        if (result.exitCode() != 0) {
            throw new EmbeddedStoresException("%s failed (exit code %s): %s"
                    .formatted(purpose, result.exitCode(), result.output().strip()));
        }
    }

    static Result tryRun(List<String> command, Map<String, String> environment, String input) {
        Path output = null;
        try {
            // A file and not a pipe: a server left in the background would hold a pipe open.
            output = Files.createTempFile("asof-", ".out");
            var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            var process = builder.start();
            try (var stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // The command ended without reading its input; its exit code and output tell why.
            }
            if (!process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return new Result(-1, "no end after " + TIMEOUT + ": " + Files.readString(output, NATIVE));
            }
            return new Result(process.exitValue(), Files.readString(output, NATIVE));
        } catch (IOException e) {
            return new Result(-1, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmbeddedStoresException("Interrupted while running " + command.getFirst(), e);
        } finally {
            delete(output);
        }
    }

    private static void delete(@Nullable Path file) {
        if (file != null) {
            file.toFile().delete();
        }
    }

    record Result(int exitCode, String output) {}
}
