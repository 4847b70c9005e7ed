package dev.asof.training.dataset;

import dev.asof.postgres.SqlText;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.training.SpineInput;
import dev.asof.training.spine.SqlRelations;
import java.util.HashMap;
import java.util.List;
import java.util.TreeSet;

/** The sources that a spine's rows, and so its labels, come from, as far as its definition tells. */
final class LabelSources {

    private LabelSources() {}

    /** Names of sources; empty when the spine is a file or rows. */
    static List<String> of(SpineInput spine, RegistrySnapshot snapshot) {
        return switch (spine) {
            case SpineInput.Inline _, SpineInput.Upload _ -> List.of();
            case SpineInput.Source source ->
                List.of(source.source().definition().id());
            case SpineInput.Sql sql -> of(sql.text(), snapshot);
        };
    }

    /** Sources that the SQL reads itself or through the history of a feature view. */
    private static List<String> of(String sql, RegistrySnapshot snapshot) {
        var byRelation = new HashMap<String, String>();
        for (RegisteredView view : snapshot.liveViews()) {
            byRelation.put(
                    "features." + view.version().relation(), view.source().value());
            byRelation.put("features." + view.version().view(), view.source().value());
        }
        snapshot.sources()
                .forEach(source -> byRelation.put(
                        "sources." + source.definition().id(),
                        source.definition().id()));
        var found = new TreeSet<String>();
        for (String table : SqlRelations.in(SqlText.read(sql).tokens())) {
            var candidates = table.contains(".") ? List.of(table) : List.of("features." + table, "sources." + table);
            candidates.stream()
                    .map(byRelation::get)
                    .filter(java.util.Objects::nonNull)
                    .findFirst()
                    .ifPresent(found::add);
        }
        return List.copyOf(found);
    }
}
