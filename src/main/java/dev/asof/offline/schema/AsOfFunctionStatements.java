package dev.asof.offline.schema;

import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;

/** The function of a view version that users call: the features alone. Pure: text out, nothing run. */
public final class AsOfFunctionStatements {

    private AsOfFunctionStatements() {}

    public static String create(RegisteredView view) {
        if (view.hasAggregates()) {
            return "create function %s(%s) returns table (%s) language sql stable parallel safe as $asof$ select %s $asof$"
                    .formatted(
                            OfflineNames.asOfFunction(view),
                            AsOfSignature.parameters(view),
                            AsOfSignature.results(view),
                            view.features().stream()
                                    .map(feature -> "null::" + Sql.type(feature.type()))
                                    .collect(java.util.stream.Collectors.joining(", ")));
        }
        return """
            create function %s(%s)
            returns table (%s)
            language sql stable parallel safe
            as $asof$ select %s from %s(%s) $asof$
            """.formatted(
                        OfflineNames.asOfFunction(view),
                        AsOfSignature.parameters(view),
                        AsOfSignature.results(view),
                        Sql.quotedList(view.features().stream()
                                .map(feature -> AsOfSignature.column(view, feature))
                                .toList()),
                        OfflineNames.rowFunction(view),
                        AsOfSignature.arguments(view));
    }

    public static String drop(RegisteredView view) {
        return "drop function if exists " + OfflineNames.asOfFunction(view);
    }
}
