package dev.asof.embedded;

import dev.asof.embedded.EmbeddedSettings.Durability;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;

/** A process to be killed: starts both stores, writes to them, and waits. */
final class EmbeddedStoresMain {

    private static final String READY = "ready";

    private EmbeddedStoresMain() {}

    public static void main(String[] args) throws SQLException, InterruptedException {
        var settings = new EmbeddedSettings(Path.of(args[0]), Path.of(args[1]), Durability.KEPT, true, true);
        EmbeddedStoresTest.write(EmbeddedStores.start(settings), "written before the kill");
        System.out.println(READY);
        Thread.sleep(Long.MAX_VALUE);
    }

    /** Returns when both stores are written to. */
    static Process spawn(Path directory, Path binaries) throws IOException {
        var process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        EmbeddedStoresMain.class.getName(),
                        directory.toString(),
                        binaries.toString())
                .redirectErrorStream(true)
                .start();
        var output = process.inputReader();
        for (var line = output.readLine(); !READY.equals(line); line = output.readLine()) {
            if (line == null) {
                throw new IllegalStateException("The process ended before it was ready");
            }
            System.out.println(line);
        }
        return process;
    }
}
