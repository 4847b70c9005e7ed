package dev.asof.registry.planning;

import dev.asof.registry.Metadata;
import dev.asof.registry.SourceColumn;
import dev.asof.registry.SourceDefinition;
import java.util.Optional;

/**
 * What a source means and promises, without what people say about it. Only definitions are compared by it: rows are held
 * to the contract that ingestion makes of a definition.
 */
final class SourceContract {

    private SourceContract() {}

    /** The definition without descriptions, owner and tags: two that are equal accept the same rows in the same way. */
    static SourceDefinition of(SourceDefinition source) {
        var columns = source.columns().stream()
                .map(column -> new SourceColumn(
                        column.name(),
                        column.type(),
                        column.required(),
                        column.timeZone(),
                        column.endOfDay(),
                        column.nonFinite(),
                        Optional.empty()))
                .toList();
        return source.with(columns, Metadata.NONE);
    }
}
