package dev.asof.benchmark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Feast's Python feature server on the same Redis, with the same rows in Feast's own layout. */
final class FeastServer {

    private static final String SCRIPT = "src/test/resources/benchmark/feast_store.py";
    private static final String RUN = "from feast.cli.cli import cli; cli()";

    private FeastServer() {}

    /**
     * Fills Feast's online store and starts its server, with a worker a processor, without its access log, and without
     * its habit of starting a worker anew every 1,000 requests. Empty, with a message, where Feast is not installed.
     *
     * @param python a Python with the package {@code feast[redis]}
     */
    static Optional<ServerUnderLoad> start(
            String python, Path directory, LookupStores stores, int features, int accounts, int workers)
            throws IOException, InterruptedException {
        if (!runs(List.of(python, "-c", "import feast, redis"))) {
            System.out.printf(
                    "Feast is skipped: '%s' has no package feast; pip install 'feast[redis]', and name the Python"
                            + " with -Dbenchmark.python%n",
                    python);
            return Optional.empty();
        }
        var redis = "%s:%d,password=%s".formatted(stores.redis().getHost(), stores.redis().getPort(), stores.password());
        var repository = directory.resolve("feast");
        long before = stores.redisBytes();
        if (!runs(List.of(python, SCRIPT, repository.toString(), redis, "" + accounts, "" + features))) {
            throw new IllegalStateException("Feast's store could not be filled");
        }
        System.out.printf(
                "Redis memory, %d FLOAT64 an entity: Feast %d bytes%n",
                features, (stores.redisBytes() - before) / accounts);
        int port = ServerUnderLoad.freePort();
        var command = List.of(
                python, "-c", RUN, "-c", repository.toString(), "serve", "--host", "127.0.0.1", "--port", "" + port,
                "--workers", "" + workers, "--no-access-log", "--max-requests", "0");
        return Optional.of(ServerUnderLoad.start(directory, "Feast", command, port));
    }

    private static boolean runs(List<String> command) throws InterruptedException {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
