package dev.asof.registry.catalog;

import dev.asof.postgres.SqlStates;
import dev.asof.shared.AsofException;
import dev.asof.shared.Durations;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.SourceName;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The registry's locks in the current transaction. They are always taken in this order, so that they never deadlock:
 * sources by name, then the revision.
 *
 * <p>Postgres lets new holders of a row for share pass a waiting update, so that steady ingestion would starve every
 * change; its locks of tables queue fairly. Hence each source has an empty table as a gate before its row, in a schema where
 * nobody else can lock it. How long one waits there is the session's {@code lock_timeout}.
 */
@Component
public class RegistryLocks {

    private static final String ENTER_SHARED = "select asof.enter_shared(:source)";

    private static final String MAKE_GATES = "select asof.make_gates(:sources)";

    private static final String ENTER_ALONE = "select asof.enter_alone(:source)";

    private static final String LIMIT_WAITING = "select set_config('lock_timeout', :milliseconds, true)";

    private static final String LOCK_REVISION = "select revision from asof.registry_revision for update";

    private static final String BUMP_REVISION = "update asof.registry_revision set revision = revision + 1";

    private final JdbcClient jdbc;
    private final RegistryProperties properties;

    RegistryLocks(JdbcClient jdbc, RegistryProperties properties) {
        this.jdbc = jdbc;
        this.properties = properties;
    }

    /**
     * Keeps a source's views as they are; many transactions can hold this at once.
     *
     * @return the registry's revision, or empty when there is no such source
     */
    public OptionalLong share(SourceName source) {
        return jdbc.sql(ENTER_SHARED).param("source", source.value()).query(Long.class).stream()
                .filter(Objects::nonNull)
                .mapToLong(Long::longValue)
                .findFirst();
    }

    /**
     * Waits for the batches of these sources, keeps new ones out, then keeps out every other change of the registry.
     *
     * @throws AsofException UNAVAILABLE when batches run longer than the configured limit
     */
    public void lock(Set<SourceName> sources) {
        limitWaiting(properties.lockTimeout());
        makeGates(sources);
        for (var source : new TreeSet<>(sources)) {
            lock(source);
        }
        lockRevision();
    }

    private void makeGates(Set<SourceName> sources) {
        try {
            jdbc.sql(MAKE_GATES)
                    .param("sources", sources.stream().map(SourceName::value).toArray(String[]::new))
                    .query()
                    .singleRow();
        } catch (DataAccessException e) {
            throw timedOut(e, "Another new source was still being defined");
        }
    }

    private void lock(SourceName source) {
        try {
            jdbc.sql(ENTER_ALONE).param("source", source.value()).query().singleRow();
        } catch (DataAccessException e) {
            throw timedOut(e, "Batches of source '%s' were still being written".formatted(source));
        }
    }

    /** Keeps out every other change of the registry until the transaction ends. */
    public void lockRevision() {
        try {
            jdbc.sql(LOCK_REVISION).query(Long.class).single();
        } catch (DataAccessException e) {
            throw timedOut(e, "Another change of the registry was still under way");
        }
    }

    /** Says that this transaction changes the registry. */
    public void bumpRevision() {
        jdbc.sql(BUMP_REVISION).update();
    }

    /** Spring has no exception of its own for a lock timeout on Postgres. */
    private RuntimeException timedOut(DataAccessException e, String why) {
        boolean isTimeout = NestedExceptionUtils.getMostSpecificCause(e) instanceof SQLException cause
                && SqlStates.LOCK_NOT_AVAILABLE.equals(cause.getSQLState());
        return isTimeout
                ? new AsofException(
                        ErrorCode.UNAVAILABLE,
                        "%s after %s; nothing was changed, try again"
                                .formatted(why, Durations.format(properties.lockTimeout())),
                        e)
                : e;
    }

    private void limitWaiting(Duration timeout) {
        jdbc.sql(LIMIT_WAITING)
                .param("milliseconds", Long.toString(timeout.toMillis()))
                .query()
                .singleRow();
    }
}
