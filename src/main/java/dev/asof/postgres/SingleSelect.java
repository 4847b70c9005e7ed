package dev.asof.postgres;

import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import java.util.List;
import java.util.Set;

/**
 * Decides whether SQL that others wrote is run: it must be exactly one SELECT that mentions nothing forbidden.
 *
 * <p>The boundary is the login that runs it, which can read what it was granted and nothing else, in a read-only
 * transaction and under a deadline that SQL can't lift. What a login without rights can still do is call the functions
 * that Postgres grants to everyone: lift its own timeout, take locks, wait, or run SQL out of a text. Functions can't be
 * called without naming them, and the ways to hide a name (Unicode escapes, comments, quotes) are resolved or refused by
 * {@link SqlText}; so a rule over all names is complete.
 *
 * <p>There is no parser but Postgres's own: the select is run within parentheses, which only one SELECT fits into, and
 * its text can't close them.
 */
public final class SingleSelect {

    /** In characters. */
    public static final int MAX_LENGTH = 100_000;

    /** What a forbidden name may not be. */
    public enum Forbidden {
        /** Named at all; a column that happens to be called so is refused too. */
        MENTIONED,
        /** Called as a function. */
        CALLED
    }

    private static final Set<String> BEGINNINGS = Set.of("select", "with", "values", "table");

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

    private SingleSelect() {}

    /**
     * What must change before the SQL can be run; nothing when it can.
     *
     * @param path of the SQL in the request or definition
     */
    public static Violations check(String sql, String path, Forbidden forbidden) {
        var violations = new Violations();
        if (sql.isBlank() || sql.length() > MAX_LENGTH || sql.indexOf(0) >= 0) {
            violations.add(Violation.of(
                    path, "sql", "The SQL is one SELECT of 1 to %s characters without NUL".formatted(MAX_LENGTH)));
            return violations;
        }
        var text = SqlText.read(sql);
        text.refusals()
                .forEach(refusal -> violations.add(
                        "sql_not_read",
                        () -> Violation.of(path, "sql_not_read", refusal.message())
                                .atLine(lineOf(sql, refusal.position()))));
        checkNames(sql, text.tokens(), path, forbidden, violations);
        if (violations.isEmpty() && !isOneSelect(text)) {
            violations.add(Violation.of(
                    path, "not_one_select", "The SQL must be exactly one SELECT: begin with select, with or values"));
        }
        return violations;
    }

    private static void checkNames(
            String sql, List<SqlText.Token> tokens, String path, Forbidden forbidden, Violations violations) {
        for (int i = 0; i < tokens.size(); i++) {
            var token = tokens.get(i);
            boolean isCall = i + 1 < tokens.size() && tokens.get(i + 1).isSign('(');
            boolean counts = forbidden == Forbidden.MENTIONED || isCall;
            if (counts && token.kind() != SqlText.Kind.SIGN && isForbidden(token.text())) {
                violations.add(
                        "forbidden_name",
                        () -> Violation.of(
                                        path,
                                        "forbidden_name",
                                        "'%s' is not allowed: the SQL reads features, sources and tables, nothing of the server"
                                                .formatted(token.text()))
                                .atLine(lineOf(sql, token.position())));
            }
        }
    }

    private static boolean isForbidden(String name) {
        return FORBIDDEN.contains(name) || FORBIDDEN_PREFIXES.stream().anyMatch(name::startsWith);
    }

    /** By its first word; that there is no other statement, and no way out of its parentheses, is told by the text. */
    private static boolean isOneSelect(SqlText text) {
        var first = text.tokens().stream().filter(token -> !token.isSign('(')).findFirst();
        return first.filter(token -> token.kind() == SqlText.Kind.WORD && BEGINNINGS.contains(token.text()))
                .isPresent();
    }

    /** The line of a position, from 1. */
    public static int lineOf(String sql, int position) {
        return (int) sql.substring(0, position).chars().filter(c -> c == '\n').count() + 1;
    }
}
