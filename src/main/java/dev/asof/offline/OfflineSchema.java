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
import java.util.List;
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
    static final int FIRST = Ordered.HIGHEST_PRECEDENCE;

    private static final int LOCK_ATTEMPTS = 50;
    private static final String BRIEF_LOCK_TIMEOUT = "set local lock_timeout = '100ms'";

    private final JdbcTemplate jdbc;

    OfflineSchema(DataSource dataSource) {
        this.jdbc = new JdbcTemplate(dataSource);
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
    @Order(FIRST)
    void on(SourceDeleted event) {
        dropped(SchemaStatements.dropLog(event.source()));
    }

    @EventListener
    @Order(FIRST)
    void on(ViewVersionRegistered event) {
        run(SchemaStatements.createViewVersion(event.view()));
    }

    @EventListener
    @Order(FIRST)
    void on(ViewVersionRetired event) {
        dropped(SchemaStatements.dropViewVersion(event.view()));
    }

    @EventListener
    @Order(FIRST)
    void on(CurrentViewChanged event) {
        event.current().ifPresentOrElse(this::follow, () -> dropped(SchemaStatements.dropCurrent(event.view())));
    }

    private void follow(RegisteredView view) {
        FeatureViewName name = view.version().view();
        try {
            withBriefLocks(SchemaStatements.createOrReplaceCurrent(view));
        } catch (DataAccessException changedShape) {
            if (isLockTimeout(changedShape)) {
                throw changedShape;
            }
            dropped(SchemaStatements.dropCurrent(name));
            run(SchemaStatements.createOrReplaceCurrent(view));
        }
    }

    private void dropped(List<String> statements) {
        try {
            withBriefLocks(statements);
        } catch (DataAccessException e) {
            throw dependents(e).orElseThrow(() -> e);
        }
    }

    private static java.util.Optional<AsofException> dependents(DataAccessException e) {
        return serverError(e)
                .filter(error -> "2BP01".equals(error.getSQLState()))
                .map(error -> new AsofException(
                        ErrorCode.IN_USE,
                        "SQL objects of yours depend on this; drop or change them first",
                        String.valueOf(error.getDetail()).lines()
                                .map(line -> Violation.of(null, "dependent", line))
                                .toList()));
    }

    private static java.util.Optional<ServerErrorMessage> serverError(DataAccessException e) {
        return e.getMostSpecificCause() instanceof PSQLException sql
                ? java.util.Optional.ofNullable(sql.getServerErrorMessage())
                : java.util.Optional.empty();
    }

    private static boolean isLockTimeout(DataAccessException e) {
        return serverError(e).filter(error -> "55P03".equals(error.getSQLState())).isPresent();
    }

    private void withBriefLocks(List<String> statements) {
        jdbc.execute(BRIEF_LOCK_TIMEOUT);
        for (int attempt = 1; ; attempt++) {
            jdbc.execute("savepoint brief_locks");
            try {
                run(statements);
                jdbc.execute("release savepoint brief_locks");
                jdbc.execute("set local lock_timeout = 0");
                return;
            } catch (DataAccessException e) {
                jdbc.execute("rollback to savepoint brief_locks");
                if (!isLockTimeout(e) || attempt == LOCK_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private void run(List<String> statements) {
        statements.forEach(jdbc::execute);
    }
}
