package dev.asof.training.spine;

import dev.asof.postgres.SqlText.Kind;
import dev.asof.postgres.SqlText.Token;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds the tables and views that a SELECT reads, by where their names stand: behind {@code from}, {@code join},
 * {@code table} and the commas of a list of relations. Postgres alone knows for certain; this is for hints.
 */
public final class SqlRelations {

    /** What may stand between {@code from} and the relation. */
    private static final Set<String> BETWEEN = Set.of("only", "lateral");

    private static final Set<String> BEFORE_RELATION = Set.of("from", "join", "table");

    /** After these a comma begins no relation. */
    private static final Set<String> END_OF_LIST = Set.of(
            "select",
            "where",
            "group",
            "order",
            "having",
            "limit",
            "offset",
            "fetch",
            "window",
            "union",
            "intersect",
            "except",
            "for",
            "returning",
            "values");

    private final List<Token> tokens;

    /** Within each open parenthesis, whether a list of relations is being read. */
    private final Deque<Boolean> inList = new ArrayDeque<>();

    private final Set<String> found = new TreeSet<>();
    private final Set<String> named = new HashSet<>();
    private boolean expected;

    private SqlRelations(List<Token> tokens) {
        this.tokens = tokens;
        inList.push(false);
    }

    /** Their names in lower case, as {@code schema.name} or {@code name}; queries named by {@code with} are none. */
    public static Set<String> in(List<Token> tokens) {
        var relations = new SqlRelations(tokens);
        for (int at = 0; at < tokens.size(); ) {
            at = relations.token(at);
        }
        relations.found.removeAll(relations.named);
        return relations.found;
    }

    /** Reads one token or name, and returns the position behind it. */
    private int token(int at) {
        Token token = tokens.get(at);
        if (token.kind() == Kind.SIGN) {
            sign(token);
            return at + 1;
        }
        if (token.kind() == Kind.WORD && BEFORE_RELATION.contains(token.text())) {
            beginList();
            return at + 1;
        }
        if (token.kind() == Kind.WORD && END_OF_LIST.contains(token.text())) {
            inList.pop();
            inList.push(false);
            expected = false;
            return at + 1;
        }
        if (expected && token.kind() == Kind.WORD && BETWEEN.contains(token.text())) {
            return at + 1;
        }
        return expected ? relation(at) : word(at);
    }

    private void beginList() {
        inList.pop();
        inList.push(true);
        expected = true;
    }

    private void sign(Token token) {
        if (token.isSign('(')) {
            inList.push(expected);
        } else if (token.isSign(')')) {
            if (inList.size() > 1) {
                inList.pop();
            }
            expected = false;
        } else {
            expected = token.isSign(',') && inList.element();
        }
    }

    private int relation(int at) {
        expected = false;
        String name = tokens.get(at).text();
        int end = at + 1;
        while (isSign(end, '.')
                && end + 1 < tokens.size()
                && tokens.get(end + 1).kind() != Kind.SIGN) {
            name = name + "." + tokens.get(end + 1).text();
            end += 2;
        }
        if (!isSign(end, '(')) {
            found.add(name);
        }
        return end;
    }

    /** {@code name as (} names a query. */
    private int word(int at) {
        boolean isAs = at + 2 < tokens.size() && tokens.get(at + 1).text().equals("as");
        if (isAs && (isSign(at + 2, '(') || tokens.get(at + 2).text().endsWith("materialized"))) {
            named.add(tokens.get(at).text());
        }
        return at + 1;
    }

    private boolean isSign(int at, char sign) {
        return at < tokens.size() && tokens.get(at).isSign(sign);
    }
}
