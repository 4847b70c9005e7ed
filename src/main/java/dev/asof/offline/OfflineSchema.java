package dev.asof.offline;

import dev.asof.registry.RegisteredView;
import dev.asof.registry.RegistryEvents.CurrentViewChanged;
import dev.asof.registry.RegistryEvents.SourceColumnsAdded;
import dev.asof.registry.RegistryEvents.SourceCreated;
import dev.asof.registry.RegistryEvents.SourceDeleted;
import dev.asof.registry.RegistryEvents.ViewVersionRegistered;
import dev.asof.registry.RegistryEvents.ViewVersionRetired;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.springframework.context.event.EventListener;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * Keeps Postgres's objects in step with the registry, in the registry's own transaction. Readers hold locks on the
 * unversioned objects while they query, so replacing those waits briefly and tries again rather than queue up and make
 * later readers wait behind it.
 */
@Component
class OfflineSchema {

    /** Before other modules' listeners, which may use what is created here. */
    private static final int FIRST = Ordered.HIGHEST_PRECEDENCE;

    /** After other modules' listeners, which stop using what is dropped here. */
    private static final int LAST = Ordered.LOWEST_PRECEDENCE;

    private static final String LOCK_NOT_AVAILABLE = "55P03";
    private static final String STILL_DEPENDED_ON = "2BP01";

    private static final int LOCK_ATTEMPTS = 50;
    private static final String LOCK_TIMEOUT = "select current_setting('lock_timeout')";
    private static final String SET_LOCK_TIMEOUT = "select set_config('lock_timeout', ?, true)";
    private static final String BRIEFLY = "100ms";

    private final JdbcTemplate jdbc;
    private final CurrentShape shape;

    OfflineSchema(DataSource dataSource, CurrentShape shape) {
        this.jdbc = new JdbcTemplate(dataSource);
        this.shape = shape;
    }

    @EventListener
    @Order(FIRST)
    void on(SourceCreated event) {
        run(SchemaStatements.createLog(event.source()));
    }

    @EventListener
    @Order(FIRST)
    void on(SourceColumnsAdded event) {
        withBriefLocks(SchemaStatements.addColumns(event.source(), event.added()));
    }

    @EventListener
    @Order(LAST)
    void on(SourceDeleted event) {
        dropped(SchemaStatements.dropLog(event.source()));
    }

    @EventListener
    @Order(FIRST)
    void on(ViewVersionRegistered event) {
        run(SchemaStatements.createViewVersion(event.view()));
    }

    @EventListener
    @Order(LAST)
    void on(ViewVersionRetired event) {
        dropped(SchemaStatements.dropViewVersion(event.view()));
    }

    @EventListener
    @Order(FIRST)
    void on(CurrentViewChanged event) {
        event.current().ifPresentOrElse(this::follow, () -> dropped(List.of(
                SchemaStatements.dropCurrentView(event.view()), SchemaStatements.dropCurrentFunction(event.view()))));
    }

    private void follow(RegisteredView view) {
        FeatureViewName name = view.version().view();
        Optional<List<String>> columnsInPlace = shape.columnsInPlace(view);
        var drops = new ArrayList<String>();
        if (columnsInPlace.isEmpty()) {
            drops.add(SchemaStatements.dropCurrentView(name));
        }
        if (!shape.hasSameFunction(view)) {
            drops.add(SchemaStatements.dropCurrentFunction(name));
        }
        dropped(drops);
        withBriefLocks(SchemaStatements.createOrReplaceCurrent(
                view, columnsInPlace.orElseGet(() -> SchemaStatements.historyColumns(view))));
    }

    private void dropped(List<String> statements) {
        try {
            withBriefLocks(statements);
        } catch (DataAccessException e) {
            throw dependents(e).orElseThrow(() -> e);
        }
    }

    private static Optional<AsofException> dependents(DataAccessException e) {
        return serverError(e)
                .filter(error -> STILL_DEPENDED_ON.equals(error.getSQLState()))
                .map(error -> new AsofException(
                        ErrorCode.IN_USE,
                        "SQL objects of yours depend on this; drop or change them first",
                        String.valueOf(error.getDetail()).lines()
                                .map(line -> Violation.of(null, "dependent", line))
                                .toList()));
    }

    private static Optional<ServerErrorMessage> serverError(DataAccessException e) {
        return e.getMostSpecificCause() instanceof PSQLException sql
                ? Optional.ofNullable(sql.getServerErrorMessage())
                : Optional.empty();
    }

    private static Optional<String> sqlState(DataAccessException e) {
        return serverError(e).map(ServerErrorMessage::getSQLState);
    }

    private void withBriefLocks(List<String> statements) {
        String usual = Objects.requireNonNull(jdbc.queryForObject(LOCK_TIMEOUT, String.class));
        setLockTimeout(BRIEFLY);
        try {
            for (int attempt = 1; !ranBriefly(statements); attempt++) {
                if (attempt == LOCK_ATTEMPTS) {
                    throw new AsofException(
                            ErrorCode.UNAVAILABLE,
                            "Queries that run on what is to be replaced take too long; nothing was changed, try again");
                }
            }
        } finally {
            setLockTimeout(usual);
        }
    }

    /** Whether it got its locks in time; leaves no trace if not, or if it fails. */
    private boolean ranBriefly(List<String> statements) {
        jdbc.execute("savepoint brief_locks");
        try {
            run(statements);
            jdbc.execute("release savepoint brief_locks");
            return true;
        } catch (DataAccessException e) {
            jdbc.execute("rollback to savepoint brief_locks");
            if (sqlState(e).filter(LOCK_NOT_AVAILABLE::equals).isPresent()) {
                return false;
            }
            throw e;
        }
    }

    private void setLockTimeout(String timeout) {
        jdbc.queryForObject(SET_LOCK_TIMEOUT, String.class, timeout);
    }

    private void run(List<String> statements) {
        statements.forEach(jdbc::execute);
    }
}
