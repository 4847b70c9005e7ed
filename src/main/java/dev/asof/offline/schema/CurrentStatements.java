package dev.asof.offline.schema;

import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.FeatureViewName;
import java.util.ArrayList;
import java.util.List;

/** The statements for the unversioned view and function, which follow a version. Pure: text out, nothing run. */
public final class CurrentStatements {

    private CurrentStatements() {}

    /**
     * Has both follow a version.
     *
     * @param columns of the version's history, in the order in which the view shall have them
     */
    public static List<String> createOrReplace(RegisteredView view, List<String> columns) {
        FeatureViewName name = view.version().view();
        var statements = new ArrayList<>(List.of(
                "create or replace view %s as select %s from %s"
                        .formatted(
                                OfflineNames.currentHistoryView(name),
                                Sql.quotedList(columns),
                                OfflineNames.historyView(view)),
                """
                create or replace function %s(%s)
                returns table (%s)
                language sql stable parallel safe
                as $asof$ select * from %s(%s) $asof$
                """.formatted(
                                OfflineNames.currentAsOfFunction(name),
                                AsOfSignature.parameters(view),
                                AsOfSignature.results(view),
                                OfflineNames.asOfFunction(view),
                                AsOfSignature.arguments(view))));
        statements.addAll(SchemaComments.ofCurrent(view));
        return statements;
    }

    public static String dropView(FeatureViewName view) {
        return "drop view if exists " + OfflineNames.currentHistoryView(view);
    }

    public static String dropFunction(FeatureViewName view) {
        return "drop function if exists " + OfflineNames.currentAsOfFunction(view);
    }
}
