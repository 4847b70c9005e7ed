package dev.asof.offline;

import dev.asof.offline.schema.AsOfFunctionStatements;
import dev.asof.offline.schema.CurrentStatements;
import dev.asof.offline.schema.FeatureTableStatements;
import dev.asof.offline.schema.RowFunctionStatements;
import dev.asof.offline.schema.SchemaComments;
import dev.asof.offline.schema.SourceLogStatements;
import dev.asof.offline.schema.TileStatements;
import dev.asof.offline.schema.WindowFunctionStatements;
import dev.asof.postgres.BriefLocks;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.RegistryEvents.CurrentViewChanged;
import dev.asof.registry.RegistryEvents.SourceColumnsAdded;
import dev.asof.registry.RegistryEvents.SourceCreated;
import dev.asof.registry.RegistryEvents.SourceDeleted;
import dev.asof.registry.RegistryEvents.SourceRewritten;
import dev.asof.registry.RegistryEvents.ViewVersionRegistered;
import dev.asof.registry.RegistryEvents.ViewVersionRetired;
import dev.asof.registry.RegistryEvents.ViewVersionRewritten;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.springframework.context.event.EventListener;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Keeps Postgres's objects in step with the registry, in the registry's own transaction. New objects are made at once.
 * Replacing and dropping those that readers may be using is left until just before the commit, all of it together, so
 * that nothing else of the transaction happens while readers wait behind its locks; and it waits for these only briefly,
 * then lets the readers pass and tries again.
 */
@Component
class OfflineSchema {

    /** Before other modules' listeners, which may use what is created here. */
    private static final int FIRST = Ordered.HIGHEST_PRECEDENCE;

    /** After other modules' listeners, which stop using what is dropped here. */
    private static final int LAST = Ordered.LOWEST_PRECEDENCE;

    private static final String STILL_DEPENDED_ON = "2BP01";

    private final JdbcTemplate jdbc;
    private final CurrentShape shape;
    private final BriefLocks locks;

    OfflineSchema(DataSource dataSource, CurrentShape shape) {
        this.jdbc = new JdbcTemplate(dataSource);
        this.shape = shape;
        this.locks = new BriefLocks(jdbc);
    }

    @EventListener
    @Order(FIRST)
    void on(SourceCreated event) {
        SourceLogStatements.create(event.source()).forEach(jdbc::execute);
    }

    @EventListener
    @Order(FIRST)
    void on(SourceColumnsAdded event) {
        beforeCommit(() -> SourceLogStatements.addColumns(event.source(), event.added()));
    }

    /** Comments lock nobody out who reads. */
    @EventListener
    @Order(FIRST)
    void on(SourceRewritten event) {
        SchemaComments.ofSource(event.source()).forEach(jdbc::execute);
    }

    @EventListener
    @Order(FIRST)
    void on(ViewVersionRewritten event) {
        SchemaComments.ofVersion(event.view()).forEach(jdbc::execute);
        if (event.isCurrent()) {
            SchemaComments.ofCurrent(event.view()).forEach(jdbc::execute);
        }
    }

    @EventListener
    @Order(LAST)
    void on(SourceDeleted event) {
        beforeCommit(() -> SourceLogStatements.drop(event.source()));
    }

    @EventListener
    @Order(FIRST)
    void on(ViewVersionRegistered event) {
        created(event.view()).forEach(jdbc::execute);
    }

    static List<String> created(RegisteredView view) {
        var statements = new ArrayList<>(FeatureTableStatements.create(view));
        if (!view.rowFeatures().isEmpty()) {
            statements.add(RowFunctionStatements.create(view));
        }
        statements.addAll(TileStatements.create(view));
        if (view.hasAggregates()) {
            statements.add(WindowFunctionStatements.create(view));
        }
        statements.add(AsOfFunctionStatements.create(view));
        statements.addAll(SchemaComments.ofVersion(view));
        return statements;
    }

    @EventListener
    @Order(LAST)
    void on(ViewVersionRetired event) {
        beforeCommit(() -> dropped(event.view()));
    }

    /** What calls or reads another first. */
    static List<String> dropped(RegisteredView view) {
        var statements = new ArrayList<>(List.of(
                AsOfFunctionStatements.drop(view),
                WindowFunctionStatements.drop(view),
                RowFunctionStatements.drop(view)));
        statements.addAll(TileStatements.drop(view));
        statements.addAll(FeatureTableStatements.drop(view));
        return statements;
    }

    /** What can't be replaced because something of a user's depends on it is told at once. */
    @EventListener
    @Order(FIRST)
    void on(CurrentViewChanged event) {
        if (event.current().isEmpty()) {
            beforeCommit(() ->
                    List.of(CurrentStatements.dropView(event.view()), CurrentStatements.dropFunction(event.view())));
            return;
        }
        RegisteredView view = event.current().get();
        var dependents = shape.dependentsOnWhatIsDropped(view);
        if (!dependents.isEmpty()) {
            throw inUse(dependents);
        }
        beforeCommit(() -> follow(view));
    }

    private List<String> follow(RegisteredView view) {
        FeatureViewName name = view.version().view();
        Optional<List<String>> columnsInPlace = shape.columnsInPlace(view);
        var statements = new ArrayList<String>();
        if (columnsInPlace.isEmpty()) {
            statements.add(CurrentStatements.dropView(name));
        }
        if (!shape.hasSameFunction(view)) {
            statements.add(CurrentStatements.dropFunction(name));
        }
        statements.addAll(CurrentStatements.createOrReplace(
                view, columnsInPlace.orElseGet(() -> FeatureTableStatements.historyColumns(view))));
        return statements;
    }

    private void beforeCommit(Supplier<List<String>> statements) {
        TransactionSynchronizationManager.getSynchronizations().stream()
                .filter(Pending.class::isInstance)
                .map(Pending.class::cast)
                .findFirst()
                .orElseGet(() -> {
                    var pending = new Pending();
                    TransactionSynchronizationManager.registerSynchronization(pending);
                    return pending;
                })
                .changes
                .add(statements);
    }

    /** What a transaction still has to change. */
    private final class Pending implements TransactionSynchronization {

        private final List<Supplier<List<String>>> changes = new ArrayList<>();

        @Override
        public void beforeCommit(boolean readOnly) {
            try {
                locks.run(changes.stream()
                        .flatMap(change -> change.get().stream())
                        .toList());
            } catch (DataAccessException e) {
                throw dependents(e).orElseThrow(() -> e);
            }
        }
    }

    private static Optional<AsofException> dependents(DataAccessException e) {
        return BriefLocks.serverError(e)
                .filter(error -> STILL_DEPENDED_ON.equals(error.getSQLState()))
                .map(error -> inUse(String.valueOf(error.getDetail()).lines().toList()));
    }

    private static AsofException inUse(List<String> dependents) {
        return new AsofException(
                ErrorCode.IN_USE,
                "SQL objects of yours depend on this; drop or change them first",
                dependents.stream()
                        .map(line -> Violation.of(null, "dependent", line))
                        .toList());
    }
}
