package dev.asof.faults;

import dev.asof.support.Eventually;
import dev.asof.support.IngestionCrowd;
import dev.asof.support.Readings;
import dev.asof.support.ServerProcess;
import dev.asof.support.TestStores;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * Kills the server with {@code kill -9} at random moments while clients send rows, again and again. After each restart
 * everything acknowledged must be in the log exactly once, log and feature tables must agree, and online must equal
 * offline for every key, without anyone acting. Now and then a new version is being backfilled meanwhile.
 *
 * <p>Arguments: the number of kills, and a seed.
 */
public final class KillSoak {

    private static final int CLIENTS = 6;
    private static final int KILLS_A_VERSION = 25;
    private static final Duration BACKFILL_LIMIT = Duration.ofMinutes(5);
    private static final int KILLS_A_FULL_CHECK = 10;
    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofMillis(2_500);

    private final TestStores.Database database = TestStores.newDatabase();
    private final DriverManagerDataSource dataSource =
            new DriverManagerDataSource(database.jdbcUrl(), database.username(), database.password());
    private final ServerProcess server = ServerProcess.start("kill-soak", database, TestStores.newRedisUri());
    private final Readings readings = new Readings(server.api(), dataSource, "soak");
    private final List<String> features = new ArrayList<>(List.of("{name: amount, column: amount}"));
    private final Random random;
    private final long seed;
    private int versions = 1;

    private KillSoak(long seed) {
        this.seed = seed;
        this.random = new Random(seed);
    }

    public static void main(String[] args) throws InterruptedException {
        int kills = Integer.parseInt(args[0]);
        long seed = Long.parseLong(args[1]);
        var soak = new KillSoak(seed);
        try {
            soak.run(kills);
        } finally {
            soak.server.close();
        }
        System.exit(0);
    }

    private void run(int kills) throws InterruptedException {
        Instant start = Instant.now();
        server.awaitReady();
        readings.defineSource(IngestionCrowd.columns());
        readings.defineView(features.toArray(String[]::new)).expect(200);
        var total = new IngestionCrowd.Tally(0, 0, 0, 0);
        var recoveries = new ArrayList<Long>();
        for (int kill = 1; kill <= kills; kill++) {
            boolean grows = kill % KILLS_A_VERSION == 0;
            var tally = round(kill, grows, recoveries);
            total = total.plus(tally);
            boolean full = kill % KILLS_A_FULL_CHECK == 0 || kill == kills;
            if (full) {
                checkTables();
            }
            System.out.printf(
                    "kill %s: %,d batches (%,d rows) acknowledged, %s unanswered, %s repeats; the same online %.1f s "
                            + "after the kill%s%n",
                    kill,
                    tally.acknowledged(),
                    tally.acknowledgedRows(),
                    tally.unknown(),
                    tally.repeated(),
                    recoveries.getLast() / 1e3,
                    full ? "; tables agree" : "");
        }
        recoveries.sort(null);
        System.out.printf(
                """

                %s kills, seed %s, %s minutes, %s view versions
                acknowledged             %,d batches, %,d rows: each in the log exactly once
                without answer or key    %,d batches: each there whole or not at all
                repeated with their key  %,d times: none doubled
                log and feature tables   agree in every version, %,d rows
                online = offline         for every key after every kill, by itself: %.1f s after the kill \
                in the median, %.1f s at most, restart included
                """,
                kills,
                seed,
                Duration.between(start, Instant.now()).toMinutes(),
                versions,
                total.acknowledged(),
                total.acknowledgedRows(),
                total.unknown(),
                total.repeated(),
                readings.logRows(),
                recoveries.get(recoveries.size() / 2) / 1e3,
                recoveries.getLast() / 1e3);
    }

    private IngestionCrowd.Tally round(int kill, boolean grows, List<Long> recoveries) throws InterruptedException {
        var crowd = new IngestionCrowd("k" + kill, readings, dataSource, List.of(server.api()), CLIENTS, seed + kill);
        Thread.sleep(random.nextLong(SHORTEST.toMillis(), LONGEST.toMillis()));
        if (grows) {
            features.add("{name: times_%1$s, expression: \"amount * %1$s\"}".formatted(++versions));
            readings.defineView(features.toArray(String[]::new)).expect(200);
            Thread.sleep(random.nextLong(SHORTEST.toMillis()));
        }
        server.kill();
        long killedAt = System.nanoTime();
        server.startAgain().awaitReady();
        crowd.stop();
        for (int version = 1; version <= versions; version++) {
            int each = version;
            Eventually.within(BACKFILL_LIMIT, () -> readings.versionState(each).equals("ready"), readings::newestJob);
            readings.awaitOnline(version, feature(version));
        }
        recoveries.add(Duration.ofNanos(System.nanoTime() - killedAt).toMillis());
        return crowd.check();
    }

    private static String feature(int version) {
        return version == 1 ? "amount" : "times_" + version;
    }

    private void checkTables() {
        for (int version = 1; version <= versions; version++) {
            readings.checkComplete(version, feature(version), version == 1 ? "l.amount" : "l.amount * " + version);
        }
    }
}
