package dev.asof.registry.catalog;

import dev.asof.registry.DefinitionKind;
import dev.asof.shared.SourceName;
import java.util.Optional;

/**
 * A version of a definition that this server can't read or can't compute, as a newer one registered it.
 *
 * @param kind as stored; may be none that is known here
 * @param live whether it is in force: not retired, and of entities and sources the current one
 * @param ready of a feature service, whether its views are
 * @param source from whose rows it is computed; empty when it isn't, or when that can't be read either
 * @param why one clause, such as {@code it has the type 'DECIMAL'}
 */
record UnreadableVersion(
        String kind, String name, int version, boolean live, boolean ready, Optional<SourceName> source, String why) {

    boolean is(DefinitionKind other, String otherName) {
        return kind.equals(other.yamlName()) && name.equals(otherName);
    }

    /** Whether rows of a source would be lost to it, taken by a server that can't compute it. */
    boolean isComputedFrom(SourceName rows) {
        if (!live) {
            return false;
        }
        return is(DefinitionKind.SOURCE, rows.value())
                || source.map(rows::equals).orElse(kind.equals(DefinitionKind.FEATURE_VIEW.yamlName()));
    }

    /** Such as {@code feature view card_activity@v2}. */
    @Override
    public String toString() {
        return "%s %s@v%s".formatted(kind.replace('_', ' '), name, version);
    }
}
