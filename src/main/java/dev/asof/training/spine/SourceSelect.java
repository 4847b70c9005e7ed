package dev.asof.training.spine;

import dev.asof.postgres.Sql;
import dev.asof.registry.SourceColumn;
import dev.asof.registry.SourceDefinition;
import java.util.Optional;
import java.util.stream.Collectors;

/** The rows of a source as a spine, through the same view that users query. */
final class SourceSelect {

    private SourceSelect() {}

    static ReaderQuery of(SourceDefinition source) {
        var columns = source.columns().stream()
                .map(SourceColumn::name)
                .map(Sql::quoted)
                .collect(Collectors.joining(", "));
        var sql = "select %s from sources.%s order by \"row_sequence\"".formatted(columns, Sql.quoted(source.id()));
        return new ReaderQuery(sql, Optional.empty(), 0);
    }
}
