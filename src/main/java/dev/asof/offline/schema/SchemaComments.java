package dev.asof.offline.schema;

import static dev.asof.postgres.Sql.literal;
import static dev.asof.postgres.Sql.quoted;

import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.FeatureDefinition.ColumnFeature;
import dev.asof.registry.FeatureDefinition.ExpressionFeature;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.Durations;
import dev.asof.shared.Timestamps;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** What {@code \d+} and {@code \df+} say of the objects that users query. Pure: text out, nothing run. */
public final class SchemaComments {

    private static final Map<String, String> SYSTEM_COLUMNS = Map.of(
            OfflineNames.EVENT_TIMESTAMP, "When it happened",
            OfflineNames.DELETED, "Whether the row ends its key: from its event timestamp on there is no value",
            OfflineNames.FAILED_FEATURES, "Positions, from 0, of the features whose expression failed and so are null",
            OfflineNames.KNOWN_TIMESTAMP, "When the row became available",
            OfflineNames.BATCH_ID, "The batch in which the row was accepted",
            OfflineNames.ROW_SEQUENCE, "Of rows with the same event timestamp, the one with the greatest wins");

    private SchemaComments() {}

    public static List<String> ofSource(RegisteredSource source) {
        var name = source.definition().name();
        var view = OfflineNames.sourceView(name);
        var columns = new LinkedHashMap<String, String>();
        putSystemColumns(OfflineNames.LOG_SYSTEM_COLUMNS, columns);
        source.columns().forEach(column -> column.description().ifPresent(text -> columns.put(column.name(), text)));
        var statements = new ArrayList<String>();
        statements.add(onView(
                view,
                "%s.\nThe accepted rows of the source %s, each once, corrections and deletions included."
                        .formatted(
                                sentence(source.definition()
                                        .metadata()
                                        .description()
                                        .orElse("Source " + name)),
                                name)));
        statements.addAll(onColumns(view, columns));
        return statements;
    }

    /** Of a version's history view and its functions. */
    public static List<String> ofVersion(RegisteredView view) {
        var statements = new ArrayList<String>();
        statements.add(onView(
                OfflineNames.historyView(view),
                about(view) + history(view, view.version().relation()) + "\nVersions never change."));
        statements.addAll(onColumns(OfflineNames.historyView(view), columns(view)));
        statements.add(onFunction(
                OfflineNames.asOfFunction(view), asOf(view, view.version().relation() + "_asof")));
        if (!view.rowFeatures().isEmpty()) {
            statements.add(onFunction(
                    OfflineNames.rowFunction(view), """
                        As %s_asof, with the event and known timestamps of the row that the values come from.
                        not_before: leave out earlier events, quicker where there are many; what is found is the same.\
                        """.formatted(view.version().relation())));
        }
        if (view.hasAggregates()) {
            statements.add(onFunction(OfflineNames.windowFunction(view), """
                The aggregates of %s_asof, with the greatest event and known timestamps of the rows in each of their windows.\
                """.formatted(
                            view.version().relation())));
            statements.add(onView(
                    OfflineNames.keptView(view),
                    "What the functions of %s aggregate: computed from each row when it was written, named by position."
                            .formatted(view.version())));
        }
        if (TileStatements.hasTiles(view)) {
            statements.add(onView(
                    TileStatements.view(view),
                    "What the aggregates of %s keep of hours, days, 32 and 1,024 days, which functions read for rows."
                            .formatted(view.version())));
            statements.add(onView(
                    TileStatements.readable(view),
                    "The times of which there are all these tiles of %s.".formatted(view.version())));
        }
        return statements;
    }

    /** Of the unversioned view and function, which follow this version. */
    public static List<String> ofCurrent(RegisteredView view) {
        var name = view.version().view();
        var relation = OfflineNames.currentHistoryView(name);
        var statements = new ArrayList<String>();
        statements.add(onView(
                relation,
                about(view)
                        + history(view, name.value())
                        + "\nFollows the current version, now %s.".formatted(view.version())));
        statements.addAll(onColumns(relation, columns(view)));
        statements.add(onFunction(
                OfflineNames.currentAsOfFunction(name),
                asOf(view, name + "_asof") + "\nFollows the current version, now %s.".formatted(view.version())));
        return statements;
    }

    private static String about(RegisteredView view) {
        var name = view.version().view();
        return sentence(view.definition().metadata().description().orElse("Feature view " + name)) + ".\n";
    }

    private static String history(RegisteredView view, String relation) {
        return "The history of %s, computed from the source %s: a row for each event%s. Registered %s.\nAs of a time: %s."
                .formatted(
                        view.version(),
                        view.source(),
                        view.ttl()
                                .map(ttl -> ", which counts for " + Durations.format(ttl))
                                .orElse(""),
                        Timestamps.format(view.createdAt()),
                        example(view, relation + "_asof"));
    }

    private static String asOf(RegisteredView view, String function) {
        return about(view)
                + values(view)
                + view.features().stream()
                        .map(feature ->
                                "  %s__%s: %s\n".formatted(view.version().view(), feature.name(), about(feature)))
                        .collect(Collectors.joining())
                + "strict: leave out events at as_of itself. known: count only rows that were known by then.\n"
                + "unseen_batches: leave out the rows of these batches.\nFor example: " + example(view, function);
    }

    private static String values(RegisteredView view) {
        String noEvent = "where there is no event"
                + view.ttl().map(ttl -> " in the last " + Durations.format(ttl)).orElse("");
        return "The values of %s as they were at as_of; ".formatted(view.version())
                + (view.hasAggregates()
                        ? "always one row, with nulls in what is no aggregate %s.\n".formatted(noEvent)
                        : "no row %s.\n".formatted(noEvent));
    }

    private static String example(RegisteredView view, String function) {
        var keys = view.keys().stream().map(key -> "l." + key.name() + ", ").collect(Collectors.joining());
        return "select l.*, f.* from labels l left join lateral features.%s(%sl.as_of) f on true"
                .formatted(function, keys);
    }

    private static Map<String, String> columns(RegisteredView view) {
        var columns = new LinkedHashMap<String, String>();
        view.keys()
                .forEach(key -> columns.put(
                        key.name(),
                        key.sourceColumn().equals(key.name())
                                ? "Join key"
                                : "Join key, from the source's column " + key.sourceColumn()));
        view.rowFeatures().forEach(feature -> columns.put(feature.name(), about(feature)));
        putSystemColumns(OfflineNames.FEATURE_SYSTEM_COLUMNS, columns);
        return columns;
    }

    private static void putSystemColumns(List<String> names, Map<String, String> columns) {
        names.forEach(name -> columns.put(name, Objects.requireNonNull(SYSTEM_COLUMNS.get(name))));
    }

    private static String about(RegisteredView.Feature feature) {
        var origin = switch (feature.definition()) {
            case ColumnFeature column -> "column " + column.column();
            case ExpressionFeature expression -> expression.expression();
            case AggregateFeature aggregate -> aggregate.computation();
        };
        return feature.definition()
                .description()
                .map(text -> "%s (%s)".formatted(sentence(text), origin))
                .orElse(origin);
    }

    private static String sentence(String text) {
        var trimmed = text.strip();
        return trimmed.endsWith(".") ? trimmed.substring(0, trimmed.length() - 1) : trimmed;
    }

    private static String onView(String view, String text) {
        return "comment on view %s is %s".formatted(view, literal(text));
    }

    private static String onFunction(String function, String text) {
        return "comment on function %s is %s".formatted(function, literal(text));
    }

    /** All in one statement: they may have to be made while readers wait. */
    private static List<String> onColumns(String view, Map<String, String> columns) {
        return List.of(columns.entrySet().stream()
                .map(column -> "comment on column %s.%s is %s"
                        .formatted(view, quoted(column.getKey()), literal(column.getValue())))
                .collect(Collectors.joining(";\n")));
    }
}
