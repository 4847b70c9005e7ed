package dev.asof.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Unix signals, to processes that a test started itself. */
public final class Signals {

    private Signals() {}

    /** A process and all that it has started, as far as they run now. */
    public static List<ProcessHandle> family(long pid) {
        Optional<ProcessHandle> head = ProcessHandle.of(pid);
        return Stream.concat(head.stream(), head.stream().flatMap(ProcessHandle::descendants))
                .toList();
    }

    /** Whether a process still runs; one that ended and that nobody waits for does not. */
    static boolean isRunning(ProcessHandle process) {
        if (!process.isAlive()) {
            return false;
        }
        try {
            var stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
            return !stat.startsWith("Z", stat.lastIndexOf(')') + 2);
        } catch (IOException e) {
            return process.isAlive();
        }
    }

    /** @param signal its name without {@code SIG}; processes that are gone are passed over */
    public static void send(String signal, Collection<ProcessHandle> processes) {
        var command = new ArrayList<>(List.of("kill", "-" + signal));
        processes.stream()
                .filter(ProcessHandle::isAlive)
                .map(each -> Long.toString(each.pid()))
                .forEach(command::add);
        if (command.size() == 2) {
            return;
        }
        try {
            var kill = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!kill.waitFor(10, TimeUnit.SECONDS)) {
                throw new IllegalStateException("kill does not end");
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
