package dev.asof.benchmark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Feast's Python feature server on the same Redis, with the same rows in Feast's own layout. */
final class FeastServer {

    private static final String SCRIPT = "src/test/resources/benchmark/feast_store.py";
    private static final String RUN = "from feast.cli.cli import cli; cli()";

    private FeastServer() {}

    /**
     * Fills Feast's online store, by Feast.
     *
     * @param python a Python with the package {@code feast[redis]}
     * @return whether Feast is installed; a message says so where it is not
     */
    static boolean fill(String python, Path directory, LookupStores stores, int features, int accounts)
            throws InterruptedException {
        if (!runs(List.of(python, "-c", "import feast, redis"))) {
            System.out.printf(
                    "Feast is skipped: '%s' has no package feast; pip install 'feast[redis]', and name the Python"
                            + " with -Dbenchmark.python%n",
                    python);
            return false;
        }
        var redis = "%s:%s,db=1,password=%s"
                .formatted(stores.redis().getHost(), stores.redis().getPort(), stores.password());
        long before = stores.redisBytes();
        if (!runs(List.of(python, SCRIPT, repository(directory), redis, "" + accounts, "" + features))) {
            throw new IllegalStateException("Feast's store could not be filled");
        }
        System.out.printf(
                "Redis memory, %s FLOAT64 an entity: Feast %s bytes%n",
                features, (stores.redisBytes() - before) / accounts);
        return true;
    }

    /** Starts Feast's server without its access log, and without its habit of starting a worker anew now and then. */
    static ServerUnderLoad start(String python, Path directory, int workers) throws IOException, InterruptedException {
        int port = ServerUnderLoad.freePort();
        var command = List.of(
                python,
                "-c",
                RUN,
                "-c",
                repository(directory),
                "serve",
                "--host",
                "127.0.0.1",
                "--port",
                "" + port,
                "--workers",
                "" + workers,
                "--no-access-log",
                "--max-requests",
                "0");
        return ServerUnderLoad.start(directory, "Feast, workers " + workers, command, port);
    }

    private static String repository(Path directory) {
        return directory.resolve("feast").toString();
    }

    private static boolean runs(List<String> command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
