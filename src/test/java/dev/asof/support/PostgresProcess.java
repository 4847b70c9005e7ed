package dev.asof.support;

import dev.asof.embedded.EmbeddedSettings;
import dev.asof.embedded.EmbeddedSettings.Durability;
import dev.asof.embedded.EmbeddedStores;
import dev.asof.embedded.EmbeddedStoresException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A Postgres of a test's own, to be killed, hung and started again on the same data and port. */
public final class PostgresProcess implements AutoCloseable {

    private static final Path BINARIES = Path.of("target", "embedded-binaries");

    private final EmbeddedSettings settings;
    private EmbeddedStores stores;

    private PostgresProcess(EmbeddedSettings settings) {
        this.settings = settings;
        this.stores = EmbeddedStores.start(settings);
    }

    /** @param directory for its data, which it keeps as a production server would */
    public static PostgresProcess start(Path directory) {
        return new PostgresProcess(new EmbeddedSettings(directory, BINARIES, Durability.KEPT, true, false));
    }

    public TestStores.Database database() {
        var connection = stores.postgres().orElseThrow();
        return new TestStores.Database(connection.jdbcUrl(), connection.username(), connection.password());
    }

    /** {@code kill -9} of all its processes; returns when they are gone. */
    public void kill() {
        hang();
        var family = family();
        Signals.send("KILL", family);
        Eventually.until(() -> family.stream().noneMatch(Signals::isRunning), () -> family);
    }

    /** Stops all its processes in their tracks: connections stay open and nothing answers. */
    public void hang() {
        // its head first, so that it starts no process that is missed
        Signals.send("STOP", family().subList(0, 1));
        Signals.send("STOP", family());
    }

    /** Lets hung processes go on. */
    public void goOn() {
        Signals.send("CONT", family());
    }

    /** Starts it again after it was killed, and waits until it answers. */
    public void startAgain() {
        close();
        stores = EmbeddedStores.start(settings);
    }

    private List<ProcessHandle> family() {
        try {
            var pidFile = settings.dataDirectory().resolve("postgres").resolve("postmaster.pid");
            return Signals.family(
                    Long.parseLong(Files.readAllLines(pidFile).getFirst().strip()));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            stores.close();
        } catch (EmbeddedStoresException e) {
            // killed: there is nothing left to stop
        }
    }
}
