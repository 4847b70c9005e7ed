package dev.asof.embedded;

import com.sun.management.OperatingSystemMXBean;
import dev.asof.embedded.EmbeddedSettings.Durability;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.springframework.util.FileSystemUtils;

/** A Postgres server of our own, from {@code initdb} to {@code pg_ctl stop}. */
final class PostgresServer implements AutoCloseable {

    private static final String DATABASE = "asof";
    private static final String OWNER = "asof";
    private static final String SUPERUSER = "postgres";
    private static final Map<String, String> ENVIRONMENT = Map.of("TZ", "UTC", "LC_ALL", "C");

    private static final String CONFIGURATION = """
        # Written by Asof at every start; changes made here are lost.
        listen_addresses = '127.0.0.1'
        port = %s
        unix_socket_directories = ''
        password_encryption = 'scram-sha-256'
        max_connections = 100
        shared_buffers = '%sMB'
        wal_buffers = '64MB'
        wal_writer_flush_after = '64MB'
        work_mem = '32MB'
        maintenance_work_mem = '256MB'
        max_wal_size = '%sMB'
        # A full queue refuses whoever notifies, and nobody here listens.
        max_notify_queue_pages = 64
        checkpoint_timeout = '15min'
        jit = off
        timezone = 'UTC'
        log_timezone = 'UTC'
        log_line_prefix = '%%m [%%p] %%u@%%d '
        """;
    private static final long LEAST_BUFFERS_MIB = 128;
    private static final long MOST_BUFFERS_MIB = 4096;
    private static final long LEAST_WAL_MIB = 64;
    private static final long MOST_WAL_MIB = 4096;
    private static final String KEPT = """
        fsync = on
        synchronous_commit = on
        full_page_writes = on
        """;
    private static final String THROWAWAY = """
        fsync = off
        synchronous_commit = off
        full_page_writes = off
        """;
    private static final String FIRST_STATEMENTS = """
        alter role %4$s password '%5$s'
        create role %1$s login createrole createdb password '%2$s'
        create database %3$s owner %1$s
        """;
    private static final String PASSWORDS_ONLY = """
        # TYPE  DATABASE  USER  ADDRESS         METHOD
        host    all       all   127.0.0.1/32    scram-sha-256
        """;

    private final Unprivileged unprivileged;
    private final Binaries binaries;
    private final Path cluster;
    private final Path log;
    private final Secrets secrets;
    private final Durability durability;
    private boolean running;

    private PostgresServer(Path dataDirectory, Binaries binaries, Secrets secrets, Durability durability) {
        this.unprivileged = Unprivileged.find();
        this.binaries = binaries;
        this.cluster = dataDirectory.resolve("postgres");
        this.log = cluster.resolve("server.log");
        this.secrets = secrets;
        this.durability = durability;
    }

    /** A server that is not running yet, its port chosen; what a killed process left running there is stopped. */
    static PostgresServer on(Path dataDirectory, Binaries binaries, Secrets secrets, Durability durability) {
        var server = new PostgresServer(dataDirectory, binaries, secrets, durability);
        try {
            server.stopLeftover();
            secrets.chooseFreePort(Secrets.Port.POSTGRES);
        } catch (IOException e) {
            throw server.notWritable(e);
        }
        return server;
    }

    /** Starts the server and waits until it answers; makes the cluster, its role and its database where missing. */
    void start() {
        try {
            if (durability == Durability.THROWAWAY) {
                FileSystemUtils.deleteRecursively(cluster);
            }
            if (!Files.exists(cluster)) {
                create();
            }
            checkVersion();
            unprivileged.own(cluster);
            configure();
        } catch (IOException e) {
            throw notWritable(e);
        }
        launch();
        running = true;
        new SuperuserRights(
                        secrets.port(Secrets.Port.POSTGRES),
                        SUPERUSER,
                        secrets.password(Secrets.Name.POSTGRES_SUPERUSER),
                        OWNER)
                .restrict();
    }

    boolean isRunning() {
        return LocalProcesses.pidIn(cluster.resolve("postmaster.pid"))
                .filter(pid -> LocalProcesses.ownerOf(pid, "postgres", cluster) != LocalProcesses.Owner.NOBODY)
                .isPresent();
    }

    /** Starts it, as it is configured, after it ended by itself. */
    void startAgain() {
        try {
            stopLeftover();
        } catch (IOException e) {
            throw notWritable(e);
        }
        launch();
    }

    private EmbeddedStoresException notWritable(IOException e) {
        return new EmbeddedStoresException("Postgres's files in " + cluster + " cannot be written: " + e, e);
    }

    PostgresConnection connection() {
        return new PostgresConnection(
                secrets.port(Secrets.Port.POSTGRES), DATABASE, OWNER, secrets.password(Secrets.Name.POSTGRES_OWNER));
    }

    /** Stops the server, cutting off whoever is still connected, and waits until all is on disk. */
    @Override
    public void close() {
        if (running && isRunning()) {
            stop();
            running = false;
        }
    }

    private void stop() {
        run(
                "Stopping Postgres",
                "pg_ctl",
                List.of("-D", cluster.toString(), "-m", "fast", "-t", "60", "-w", "stop"),
                "");
    }

    private void launch() {
        try {
            run(
                    "Starting Postgres",
                    "pg_ctl",
                    List.of("-D", cluster.toString(), "-l", log.toString(), "-t", "60", "-w", "start"),
                    "");
        } catch (EmbeddedStoresException e) {
            throw new EmbeddedStoresException("%s%nThe end of %s:%n%s".formatted(e.getMessage(), log, tail(log)), e);
        }
    }

    private void configure() throws IOException {
        var port = secrets.port(Secrets.Port.POSTGRES);
        var settings = CONFIGURATION.formatted(port, sharedBuffers(), maxWalSize());
        write(cluster.resolve("postgresql.conf"), settings + durable(durability));
        write(cluster.resolve("pg_hba.conf"), PASSWORDS_ONLY);
    }

    /** Whole or not at all: there may be no room left for it. */
    private void write(Path file, String text) throws IOException {
        Secrets.ownerOnly(file, text);
        unprivileged.own(file);
    }

    /**
     * A quarter of the machine's memory, as Postgres's documentation advises, in MiB. It is taken only as data fills it.
     * Point-in-time joins look up rows all over a history: from Postgres's own buffers in half the time that it takes
     * through the operating system's.
     */
    private static long sharedBuffers() {
        var memory =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize() >> 20;
        return Math.clamp(memory / 4, LEAST_BUFFERS_MIB, MOST_BUFFERS_MIB);
    }

    /**
     * A sixteenth of the disk, in MiB: the log grows to it between checkpoints, and beyond while one is under way. A
     * full disk is what Postgres can't go on with.
     */
    private long maxWalSize() throws IOException {
        var disk = Files.getFileStore(cluster).getTotalSpace() >> 20;
        return Math.clamp(disk / 16, LEAST_WAL_MIB, MOST_WAL_MIB);
    }

    private static String durable(Durability durability) {
        return switch (durability) {
            case KEPT -> KEPT;
            case THROWAWAY -> THROWAWAY;
        };
    }

    /** Makes the cluster aside and moves it into place when it is whole: a start cut off in the middle leaves none. */
    private void create() throws IOException {
        var scratch = cluster.resolveSibling("postgres.new");
        FileSystemUtils.deleteRecursively(scratch);
        Files.createDirectories(scratch);
        unprivileged.own(scratch);
        // Trust holds for nobody: the rules for connections are written anew before the server first listens.
        run(
                "Creating the Postgres cluster",
                "initdb",
                List.of(
                        "-D",
                        scratch.toString(),
                        "-U",
                        SUPERUSER,
                        "--auth=trust",
                        "--encoding=UTF8",
                        "--locale-provider=builtin",
                        "--builtin-locale=C.UTF-8",
                        "--locale=C",
                        "--no-instructions",
                        "--no-sync"),
                "");
        run(
                "Creating the database",
                "postgres",
                List.of("--single", "-D", scratch.toString(), "-c", "exit_on_error=on", "postgres"),
                FIRST_STATEMENTS.formatted(
                        OWNER,
                        secrets.password(Secrets.Name.POSTGRES_OWNER),
                        DATABASE,
                        SUPERUSER,
                        secrets.password(Secrets.Name.POSTGRES_SUPERUSER)));
        if (durability == Durability.KEPT) {
            run("Writing the Postgres cluster to disk", "initdb", List.of("--sync-only", "-D", scratch.toString()), "");
        }
        Files.move(scratch, cluster);
    }

    private void checkVersion() throws IOException {
        var result = Commands.tryRun(List.of(program("postgres"), "--version"), ENVIRONMENT, "");
        var major = Files.readString(cluster.resolve("PG_VERSION")).strip();
        if (!result.output().contains(" " + major + ".")) {
            throw new EmbeddedStoresException(("The data in %s was written by Postgres %s, which %s cannot open: move "
                            + "it away, or run that Postgres on it and set SPRING_DATASOURCE_URL.")
                    .formatted(cluster, major, result.output().strip()));
        }
    }

    /** A server process that was killed leaves its Postgres behind. */
    private void stopLeftover() throws IOException {
        var pidFile = cluster.resolve("postmaster.pid");
        var pid = LocalProcesses.pidIn(pidFile);
        if (pid.isEmpty()) {
            return;
        }
        switch (LocalProcesses.ownerOf(pid.get(), "postgres", cluster)) {
            case OURS -> stop();
            case NOBODY -> Files.deleteIfExists(pidFile);
            case UNKNOWN ->
                throw new EmbeddedStoresException(("%s names process %s, which this user may not look at: "
                                + "stop it if it is a Postgres, else delete the file.")
                        .formatted(pidFile, pid.get()));
        }
    }

    private void run(String purpose, String program, List<String> arguments, String input) {
        Commands.run(purpose, unprivileged.command(program(program), arguments), ENVIRONMENT, input);
    }

    private String program(String name) {
        return binaries.postgresHome().resolve("bin").resolve(name).toString();
    }

    private static String tail(Path log) {
        try {
            var lines = Files.readAllLines(log);
            return String.join(System.lineSeparator(), lines.subList(Math.max(0, lines.size() - 10), lines.size()));
        } catch (IOException e) {
            return "(cannot be read: " + e + ")";
        }
    }
}
