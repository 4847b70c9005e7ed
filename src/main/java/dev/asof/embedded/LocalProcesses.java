package dev.asof.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** The processes of this machine, as far as pid files point to them. */
final class LocalProcesses {

    /** What stands behind a pid file. */
    enum Owner {
        /** No such process, or another program that got the same pid. */
        NOBODY,
        /** The server that wrote the file. */
        OURS,
        /** A process whose command line this user may not see. */
        UNKNOWN
    }

    private LocalProcesses() {}

    /** The pid on the file's first line, if there is such a file. */
    static Optional<Long> pidIn(Path pidFile) {
        try {
            return Files.readString(pidFile)
                    .lines()
                    .findFirst()
                    .map(String::strip)
                    .map(Long::valueOf);
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Whether the process runs the program with the argument. */
    static Owner ownerOf(long pid, String program, Path argument) {
        if (!isRunning(pid)) {
            return Owner.NOBODY;
        }
        var info = ProcessHandle.of(pid).map(ProcessHandle::info);
        var command = info.flatMap(ProcessHandle.Info::command).map(Path::of);
        var arguments = info.flatMap(ProcessHandle.Info::arguments);
        if (command.isEmpty() || arguments.isEmpty()) {
            return isRunning(pid) ? Owner.UNKNOWN : Owner.NOBODY;
        }
        // An unpacked program that was deleted since is still this one: the name alone counts.
        var sameProgram = String.valueOf(command.get().getFileName()).startsWith(program);
        return sameProgram && Arrays.asList(arguments.get()).contains(argument.toString()) ? Owner.OURS : Owner.NOBODY;
    }

    static boolean isRunning(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false) && !isZombie(pid);
    }

    /** Ended, but never waited for: what a container without an init process keeps of every orphan. */
    private static boolean isZombie(long pid) {
        try {
            var stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            return stat.startsWith("Z", stat.lastIndexOf(')') + 2);
        } catch (IOException e) {
            return false;
        }
    }
}
