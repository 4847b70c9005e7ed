package dev.asof.offline.schema;

import static dev.asof.postgres.Sql.quoted;

import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What all functions of a view version take and give: its keys and what is to be seen, and its features. Whatever computes
 * them inside, callers see no difference.
 */
public final class AsOfSignature {

    private AsOfSignature() {}

    /** The parameters as they are declared. */
    public static String parameters(RegisteredView view) {
        return view.keys().stream()
                        .map(key -> quoted(key.name()) + " " + Sql.type(key.type()) + ", ")
                        .collect(Collectors.joining())
                + "as_of timestamptz, strict boolean default false, known timestamptz default null,"
                + " unseen_batches int8multirange default null";
    }

    /** A function's own parameters, to be handed on. */
    public static String arguments(RegisteredView view) {
        return IntStream.rangeClosed(1, view.keys().size() + 4)
                .mapToObj(i -> "$" + i)
                .collect(Collectors.joining(", "));
    }

    /** The result's columns as they are declared. */
    public static String results(RegisteredView view) {
        return columns(view, view.features());
    }

    /** Some of a view's features as columns of a result. */
    public static String columns(RegisteredView view, List<RegisteredView.Feature> features) {
        return features.stream()
                .map(feature -> quoted(column(view, feature)) + " " + Sql.type(feature.type()))
                .collect(Collectors.joining(", "));
    }

    /** The name that a feature has among the results. */
    public static String column(RegisteredView view, RegisteredView.Feature feature) {
        return view.version().view() + "__" + feature.name();
    }
}
