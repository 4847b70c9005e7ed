package dev.asof.offline.schema;

import static dev.asof.postgres.Sql.literal;

import dev.asof.postgres.BriefLocks;
import dev.asof.registry.RegisteredView;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What a view version's table was at some moment, but for rows that batches have added since: which table, and its
 * revision, which triggers raise in the transaction that changes rows or takes them away. No type of a column can be
 * changed, as the history view has them all.
 *
 * @param text empty when there is no such table, or nothing watches it
 */
public record TableRevision(String text) {

    public static final TableRevision NONE = new TableRevision("");

    private static final String CURRENT = """
        select t.oid || ' ' || r.revision || ' ' || extract(epoch from r.revised_at)
        from pg_class t, asof.feature_table r
        where t.oid = to_regclass(%s) and r.relation = %s
        """;

    private static final List<String> TRIGGERS = List.of("""
        create or replace trigger asof_updated after update on %s
        referencing old table as changed for each statement execute function asof.revise_feature_table()
        """, """
        create or replace trigger asof_deleted after delete on %s
        referencing old table as changed for each statement execute function asof.revise_feature_table()
        """, """
        create or replace trigger asof_truncated after truncate on %s
        for each statement execute function asof.revise_feature_table()
        """);

    private static final String KNOW = """
        insert into asof.feature_table (relation, revised_at) values (%s, clock_timestamp()) on conflict do nothing
        """;

    private static final String IS_WATCHED = """
        select exists (select from asof.feature_table where relation = ?) and (
            select count(*) = %s from pg_trigger
            where tgrelid = to_regclass(?) and tgfoid = 'asof.revise_feature_table'::regproc and tgenabled in ('O', 'A'))
        """.formatted(TRIGGERS.size());

    /** As a transaction sees it. */
    public static TableRevision of(RegisteredView view, Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var result = statement.executeQuery(CURRENT.formatted(
                        literal(OfflineNames.featureTable(view)),
                        literal(view.version().relation())))) {
            return result.next() ? new TableRevision(result.getString(1)) : NONE;
        }
    }

    /** Has a table watched from now on. */
    public static List<String> watch(RegisteredView view) {
        var statements = new ArrayList<String>();
        TRIGGERS.forEach(trigger -> statements.add(trigger.formatted(OfflineNames.featureTable(view))));
        statements.add(KNOW.formatted(literal(view.version().relation())));
        return statements;
    }

    /** After the table is dropped. */
    public static String forget(RegisteredView view) {
        return "delete from asof.feature_table where relation = "
                + literal(view.version().relation());
    }

    /**
     * Has a table watched if it isn't: one that a server of before created, or whose triggers somebody dropped.
     *
     * @throws dev.asof.shared.AsofException UNAVAILABLE when batches are being written to it all the time
     */
    public static void ensureWatched(RegisteredView view, DataSource dataSource) {
        var jdbc = new JdbcTemplate(dataSource);
        if (!Boolean.TRUE.equals(jdbc.queryForObject(
                IS_WATCHED, Boolean.class, view.version().relation(), OfflineNames.featureTable(view)))) {
            new TransactionTemplate(new JdbcTransactionManager(dataSource))
                    .executeWithoutResult(_ -> new BriefLocks(jdbc).run(watch(view)));
        }
    }
}
