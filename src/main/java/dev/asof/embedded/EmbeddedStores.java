package dev.asof.embedded;

import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

import org.jspecify.annotations.Nullable;

/** A running Postgres and Redis of this process's own, or one of both. Closing stops them and keeps their data. */
public final class EmbeddedStores implements AutoCloseable {

    private final EmbeddedSettings settings;
    private final DataDirectoryLock lock;
    private final Secrets secrets;
    private @Nullable PostgresServer postgres;
    private @Nullable RedisServer redis;
    private CompletableFuture<Void> started = CompletableFuture.completedFuture(null);

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
            started.join();
        } catch (CompletionException e) {
            close();
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
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

    /** A password kept with the data, for the login that runs users' own SQL. */
    public String readerPassword() {
        return secrets.password(Secrets.Name.POSTGRES_READER);
    }

    @Override
    public synchronized void close() {
        started.exceptionally(_ -> null).join();
        try (lock) {
            var stopping = inBackground("redis", () -> {
                if (redis != null) {
                    redis.close();
                }
            });
            if (postgres != null) {
                postgres.close();
            }
            stopping.join();
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
        var starting = new ArrayList<CompletableFuture<Void>>();
        if (settings.postgres()) {
            var server = PostgresServer.on(settings.dataDirectory(), binaries, secrets, settings.durability());
            postgres = server;
            starting.add(inBackground("postgres", server::start));
        }
        if (settings.redis()) {
            var server = RedisServer.on(settings.dataDirectory(), binaries, secrets, settings.durability());
            redis = server;
            starting.add(inBackground("redis", server::start));
        }
        started = CompletableFuture.allOf(starting.toArray(CompletableFuture[]::new));
    }

    private static CompletableFuture<Void> inBackground(String store, Runnable work) {
        return CompletableFuture.runAsync(work, Thread.ofPlatform().name("embedded-" + store)::start);
    }
}
