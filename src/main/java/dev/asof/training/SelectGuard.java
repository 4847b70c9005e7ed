package dev.asof.training;

import dev.asof.shared.AsofException;
import dev.asof.shared.Violation;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.sf.jsqlparser.JSQLParserException;
import net.sf.jsqlparser.parser.CCJSqlParserUtil;
import net.sf.jsqlparser.statement.select.Select;
import org.postgresql.core.Parser;

/**
 * Decides whether a user's SQL is run: it must be exactly one SELECT that names nothing forbidden.
 *
 * <p>The boundary is the reader's login, which can read features and sources and nothing else, in a read-only
 * transaction and under a deadline that SQL can't lift. What a login without rights can still do is call the functions
 * that Postgres grants to everyone: lift its own timeout, take locks, wait, or run SQL out of a text. Functions can't be
 * called without naming them, and the ways to hide a name (Unicode escapes, comments, quotes) are resolved or refused by
 * {@link SqlText}; so a rule over all identifiers is complete. A column that happens to be called like that is refused
 * too; an alias mends it in the view it comes from.
 */
final class SelectGuard {

    private static final int MAX_LENGTH = 100_000;
    private static final String BEFORE = "select * from (\n";
    private static final String AFTER = "\n) spine";

    private static final List<String> FORBIDDEN_PREFIXES = List.of(
            "pg_",
            "lo_",
            "dblink",
            "query_to_xml",
            "cursor_to_xml",
            "table_to_xml",
            "schema_to_xml",
            "database_to_xml",
            "txid_",
            "crosstab",
            "xpath_table",
            "binary_upgrade_");
    private static final Set<String> FORBIDDEN = Set.of(
            "set_config",
            "loread",
            "lowrite",
            "ts_stat",
            "ts_rewrite",
            "connectby",
            "nextval",
            "setval",
            "currval",
            "lastval");

    private SelectGuard() {}

    /** @throws AsofException INVALID with what must change */
    static ReaderQuery checked(String sql) {
        if (sql.isBlank() || sql.length() > MAX_LENGTH || sql.indexOf(0) >= 0) {
            throw refused(List.of(violation(
                    sql, 0, "sql", "The SQL is one SELECT of 1 to " + MAX_LENGTH + " characters without NUL")));
        }
        var text = SqlText.read(sql);
        var violations = new ArrayList<Violation>();
        for (var refusal : text.refusals()) {
            violations.add(violation(sql, refusal.position(), "sql_not_read", refusal.message()));
        }
        for (var identifier : text.identifiers()) {
            if (isForbidden(identifier.name())) {
                violations.add(violation(
                        sql,
                        identifier.position(),
                        "forbidden_name",
                        "'%s' is not allowed: a spine's SQL reads features and sources, nothing of the server"
                                .formatted(identifier.name())));
            }
        }
        if (!violations.isEmpty()) {
            throw refused(violations);
        }
        checkOneSelect(sql, text.statement());
        return new ReaderQuery(BEFORE + text.statement() + AFTER, Optional.of(sql), BEFORE.length());
    }

    private static boolean isForbidden(String name) {
        return FORBIDDEN.contains(name) || FORBIDDEN_PREFIXES.stream().anyMatch(name::startsWith);
    }

    private static void checkOneSelect(String sql, String statement) {
        try {
            var statements = CCJSqlParserUtil.parseStatements(statement);
            boolean isOneSelect = statements.size() == 1 && statements.getFirst() instanceof Select;
            if (!isOneSelect || Parser.parseJdbcSql(statement, true, false, true, false, false).size() != 1) {
                throw refused(List.of(violation(sql, 0, "not_one_select", "The SQL must be exactly one SELECT")));
            }
        } catch (JSQLParserException | SQLException e) {
            throw refused(List.of(violation(
                    sql, 0, "not_one_select", "The SQL can't be read as one SELECT: " + firstLine(e))));
        }
    }

    private static String firstLine(Exception e) {
        var line = String.valueOf(e.getMessage()).strip().lines().findFirst().orElse("syntax error");
        return line.replaceFirst("^[\\w.]+Exception: ", "");
    }

    private static AsofException refused(List<Violation> violations) {
        return AsofException.invalid("The spine's SQL is refused: " + violations.getFirst().message(), violations);
    }

    private static Violation violation(String sql, int position, String code, String message) {
        int line = (int) sql.substring(0, position).chars().filter(c -> c == '\n').count() + 1;
        return Violation.of("spine.sql", code, message).atLine(line);
    }
}
