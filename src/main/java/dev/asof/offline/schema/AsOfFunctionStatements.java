package dev.asof.offline.schema;

import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;

/** The function of a view version that users call: the features alone. Pure: text out, nothing run. */
public final class AsOfFunctionStatements {

    private AsOfFunctionStatements() {}

    public static String create(RegisteredView view) {
        return """
            create function %s(%s)
            returns table (%s)
            language sql stable parallel safe
            as $asof$ select %s from %s $asof$
            """.formatted(
                        OfflineNames.asOfFunction(view),
                        AsOfSignature.parameters(view),
                        AsOfSignature.results(view),
                        Sql.quotedList(view.features().stream()
                                .map(feature -> AsOfSignature.column(view, feature))
                                .toList()),
                        from(view));
    }

    /** Aggregates answer of keys without rows too. */
    private static String from(RegisteredView view) {
        var arguments = AsOfSignature.arguments(view);
        var row = "%s(%s)".formatted(OfflineNames.rowFunction(view), arguments);
        if (!view.hasAggregates()) {
            return row;
        }
        var windows = "%s(%s)".formatted(OfflineNames.windowFunction(view), arguments);
        return view.rowFeatures().isEmpty() ? windows : "%s left join %s on true".formatted(windows, row);
    }

    public static String drop(RegisteredView view) {
        return "drop function if exists " + OfflineNames.asOfFunction(view);
    }
}
