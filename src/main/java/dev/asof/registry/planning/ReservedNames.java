package dev.asof.registry.planning;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Names users may not give because the stores or the as-of functions have columns or arguments of that name. */
public final class ReservedNames {

    private static final Set<String> SYSTEM_COLUMNS = Set.of("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid");

    private static final Set<String> SOURCE_COLUMNS =
            with(SYSTEM_COLUMNS, "batch_id", "row_sequence", "known_timestamp");

    private static final Set<String> FEATURES = with(SOURCE_COLUMNS, "event_timestamp", "deleted", "failed_features");

    private static final Set<String> JOIN_KEYS = with(FEATURES, "as_of", "strict", "known", "unseen_batches");

    private ReservedNames() {}

    public static boolean forSourceColumn(String name) {
        return SOURCE_COLUMNS.contains(name);
    }

    static boolean forFeature(String name) {
        return FEATURES.contains(name);
    }

    public static boolean forJoinKey(String name) {
        return JOIN_KEYS.contains(name);
    }

    private static Set<String> with(Set<String> names, String... more) {
        return Stream.concat(names.stream(), Stream.of(more)).collect(Collectors.toUnmodifiableSet());
    }
}
