package dev.asof.embedded;

import dev.asof.shared.ProducerThread;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running Postgres and Redis of this process's own, or one of both. Closing stops them and keeps their data. */
public final class EmbeddedStores implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedStores.class);

    private final EmbeddedSettings settings;
    private final DataDirectoryLock lock;
    private final Secrets secrets;
    private @Nullable PostgresServer postgres;
    private @Nullable RedisServer redis;
    private final List<KeptStore> kept = new ArrayList<>();
    private final List<Background> starting = new ArrayList<>();

    private EmbeddedStores(EmbeddedSettings settings, DataDirectoryLock lock, Secrets secrets) {
        this.settings = settings;
        this.lock = lock;
        this.secrets = secrets;
    }

    /**
     * Starts the wanted stores and waits until they answer.
     *
     * @throws EmbeddedStoresException if the data directory is in use, or a store does not start; then none is running
     */
    public static EmbeddedStores start(EmbeddedSettings settings) {
        var stores = begin(settings);
        stores.awaitStarted();
        return stores;
    }

    /**
     * Begins to start the wanted stores: where they will answer is known at once, that they do after
     * {@link #awaitStarted}. What a killed process left running on the same data is stopped first.
     *
     * @throws EmbeddedStoresException if the data directory is in use or a store can't be started on it
     */
    public static EmbeddedStores begin(EmbeddedSettings settings) {
        var binaries = new Binaries(settings.binariesDirectory());
        binaries.check(settings.postgres(), settings.redis());
        var stores = locked(settings);
        try {
            stores.beginWanted(binaries);
            return stores;
        } catch (RuntimeException e) {
            stores.close();
            throw e;
        }
    }

    /**
     * Waits until the stores answer.
     *
     * @throws EmbeddedStoresException if one does not start; then none is running
     */
    public void awaitStarted() {
        try {
            starting.forEach(Background::await);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** The Postgres database, if Postgres is wanted. */
    public Optional<PostgresConnection> postgres() {
        return Optional.ofNullable(postgres).map(PostgresServer::connection);
    }

    /** The Redis URI with its password, if Redis is wanted. */
    public Optional<String> redisUri() {
        return Optional.ofNullable(redis).map(RedisServer::uri);
    }

    /** The stores that were wanted. */
    List<KeptStore> kept() {
        return List.copyOf(kept);
    }

    /** Starts again what ended by itself since it was started. */
    synchronized void keep() {
        if (postgres != null || redis != null) {
            kept.forEach(KeptStore::look);
        }
    }

    /** A password kept with the data, for the login that runs users' own SQL. */
    public String readerPassword() {
        return secrets.password(Secrets.Name.POSTGRES_READER);
    }

    @Override
    public synchronized void close() {
        starting.forEach(Background::awaitEnd);
        try (lock) {
            var stopping = new Background("redis", () -> {
                if (redis != null) {
                    redis.close();
                }
            });
            if (postgres != null) {
                postgres.close();
            }
            stopping.await();
        } finally {
            postgres = null;
            redis = null;
        }
    }

    private static EmbeddedStores locked(EmbeddedSettings settings) {
        var lock = DataDirectoryLock.acquire(settings.dataDirectory());
        try {
            return new EmbeddedStores(settings, lock, Secrets.in(settings.dataDirectory()));
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private void beginWanted(Binaries binaries) {
        if (settings.postgres()) {
            var server = PostgresServer.on(settings.dataDirectory(), binaries, secrets, settings.durability());
            postgres = server;
            kept.add(new KeptStore("postgres", server::isRunning, server::startAgain));
            starting.add(new Background("postgres", server::start));
        }
        if (settings.redis()) {
            var server = RedisServer.on(settings.dataDirectory(), binaries, secrets, settings.durability());
            redis = server;
            kept.add(new KeptStore("redis", server::isRunning, server::start));
            starting.add(new Background("redis", server::start));
        }
    }

    /** What is done to one store while something is done to the other. */
    private static final class Background {

        private final ProducerThread<Void, RuntimeException, RuntimeException> work;

        Background(String store, Runnable work) {
            this.work = new ProducerThread<>("embedded-" + store, () -> {
                work.run();
                return null;
            });
        }

        /** Waits for its end, and throws what it threw. */
        synchronized void await() {
            work.take();
        }

        void awaitEnd() {
            try {
                await();
            } catch (RuntimeException e) {
                LOG.debug("A store did not start", e);
            }
        }
    }
}
