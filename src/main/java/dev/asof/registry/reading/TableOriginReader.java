package dev.asof.registry.reading;

import dev.asof.postgres.SingleSelect;
import dev.asof.registry.TableOrigin;
import dev.asof.registry.TableOrigin.Query;
import dev.asof.registry.TableOrigin.Read;
import dev.asof.registry.TableOrigin.Relation;
import dev.asof.registry.TableOrigin.Table;
import dev.asof.shared.Suggestions;
import java.util.List;
import java.util.Optional;
import org.springframework.scheduling.support.CronExpression;

/** Reads what table sources have and push sources have not. */
final class TableOriginReader {

    static final List<String> FIELDS = List.of("table", "query", "read", "schedule", "connection");

    private static final List<String> READS = List.of("append", "snapshot");
    private static final int CRON_FIELDS = 5;

    private final Fields fields;

    private TableOriginReader(Fields fields) {
        this.fields = fields;
    }

    /** Empty, and reported, when something is wrong. */
    static Optional<TableOrigin> read(Fields fields) {
        var reader = new TableOriginReader(fields);
        var relation = reader.relation();
        var read = reader.readMode();
        var schedule = reader.schedule();
        var connection = fields.text("connection").filter(name -> fields.checkName(name, fields.path("connection")));
        if (read.filter(Read.SNAPSHOT::equals).isPresent()
                && fields.items("row_id").isEmpty()) {
            fields.report(
                    "row_id",
                    "missing_field",
                    "read: snapshot needs row_id, the columns that tell a row of the table from all others");
        }
        return relation.flatMap(what -> read.map(how -> new TableOrigin(what, how, schedule, connection)));
    }

    private Optional<Relation> relation() {
        boolean table = fields.has("table");
        if (table && fields.has("query")) {
            fields.report("query", "conflicting_fields", "A source has table or query, not both: leave one out");
            return Optional.empty();
        }
        if (!table && !fields.has("query")) {
            fields.report(
                    "table",
                    "missing_field",
                    "A table source has 'table', such as analytics.customer_daily, or 'query', one SELECT");
            return Optional.empty();
        }
        return table
                ? fields.text("table").flatMap(this::table)
                : fields.text("query").flatMap(this::query);
    }

    private Optional<Relation> table(String text) {
        int dot = text.indexOf('.');
        boolean isPair = dot > 0 && dot < text.length() - 1 && text.indexOf('.', dot + 1) < 0 && text.indexOf('"') < 0;
        if (!isPair) {
            fields.report(
                    "table",
                    "bad_value",
                    "'%s' is not a table with its schema, such as public.%s; for other names use query: select …"
                            .formatted(text, dot < 0 ? text : "orders"),
                    dot < 0 ? List.of("public." + text) : List.of());
            return Optional.empty();
        }
        return Optional.of(new Table(text.substring(0, dot), text.substring(dot + 1)));
    }

    private Optional<Relation> query(String text) {
        String sql = withoutEnd(text);
        var violations = SingleSelect.check(sql, "query", SingleSelect.Forbidden.CALLED);
        if (!violations.isEmpty()) {
            violations.shown().forEach(violation -> fields.report("query", violation.code(), violation.message()));
            return Optional.empty();
        }
        return Optional.of(new Query(sql));
    }

    /** Without the semicolons that end a statement. */
    private static String withoutEnd(String text) {
        int end = text.length();
        while (end > 0 && (text.charAt(end - 1) == ';' || Character.isWhitespace(text.charAt(end - 1)))) {
            end--;
        }
        return text.substring(0, end).strip();
    }

    private Optional<Read> readMode() {
        if (!fields.require(
                "read",
                "'read' is missing: append, for a table that rows are only added to, or snapshot, for one that is"
                        + " rebuilt and compared by row_id")) {
            return Optional.empty();
        }
        return fields.text("read").flatMap(text -> {
            var read = Read.of(text);
            if (read.isEmpty()) {
                fields.report(
                        "read",
                        "bad_value",
                        "read is append or snapshot, not '%s'".formatted(text),
                        Suggestions.nearest(text, READS));
            }
            return read;
        });
    }

    private Optional<String> schedule() {
        return fields.text("schedule").filter(text -> {
            String reason = problemOf(text);
            if (reason.isEmpty()) {
                return true;
            }
            fields.report(
                    "schedule",
                    "bad_schedule",
                    "A schedule has the five fields of cron (minute hour day month weekday, in UTC), such as"
                            + " \"0 5 * * *\", not '%s': %s".formatted(text, reason));
            return false;
        });
    }

    /** Empty when it is a schedule. */
    private static String problemOf(String text) {
        if (text.strip().split("\\s+").length != CRON_FIELDS) {
            return "it has another number of fields";
        }
        try {
            return CronExpression.parse("0 " + text.strip()).next(java.time.LocalDateTime.MIN.withYear(2000)) == null
                    ? "there is no such day"
                    : "";
        } catch (IllegalArgumentException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
