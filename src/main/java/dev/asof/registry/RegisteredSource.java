package dev.asof.registry;

import java.util.List;

/**
 * A source in force.
 *
 * @param version counts changes of its meaning
 * @param definition its columns stand in the order of the log: new ones are last
 */
public record RegisteredSource(int version, SourceDefinition definition) {

    public List<SourceColumn> columns() {
        return definition.columns();
    }
}
