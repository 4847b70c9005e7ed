package dev.asof.embedded;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/** A running Postgres and Redis of this process's own, or one of both. Closing stops them and keeps their data. */
public final class EmbeddedStores implements AutoCloseable {

    private final EmbeddedSettings settings;
    private final DataDirectoryLock lock;
    private final Secrets secrets;
    private @Nullable PostgresServer postgres;
    private @Nullable RedisServer redis;

    private EmbeddedStores(EmbeddedSettings settings, DataDirectoryLock lock, Secrets secrets) {
        this.settings = settings;
        this.lock = lock;
        this.secrets = secrets;
    }

    /**
     * Starts the wanted stores and waits until they answer. What a killed process left running on the same data is
     * stopped first.
     *
     * @throws EmbeddedStoresException if the data directory is in use, or a store does not start; then none is running
     */
    public static EmbeddedStores start(EmbeddedSettings settings) {
        new Binaries(settings.binariesDirectory()).check(settings.postgres(), settings.redis());
        var stores = locked(settings);
        try {
            stores.startWanted();
            return stores;
        } catch (RuntimeException e) {
            stores.close();
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
        try (lock) {
            var stopping = CompletableFuture.runAsync(() -> {
                if (redis != null) {
                    redis.close();
                }
            });
            if (postgres != null) {
                postgres.close();
            }
            join(stopping);
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

    private void startWanted() {
        var binaries = new Binaries(settings.binariesDirectory());
        Supplier<@Nullable PostgresServer> startPostgres = () -> settings.postgres()
                ? PostgresServer.start(
                        settings.dataDirectory(), binaries.postgresHome(), secrets, settings.durability())
                : null;
        var startingPostgres = CompletableFuture.supplyAsync(startPostgres);
        try {
            if (settings.redis()) {
                redis = RedisServer.start(
                        settings.dataDirectory(), binaries.redisServer(), secrets, settings.durability());
            }
        } finally {
            postgres = join(startingPostgres);
        }
    }

    private static <T extends @Nullable Object> T join(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }
}
