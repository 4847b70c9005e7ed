package dev.asof.training.dataset;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureSelection.Origin;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.training.DatasetSpec;
import dev.asof.training.FeatureValues;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** What computes the on-demand features of a dataset, for its manifest and for whoever reads its SQL. */
final class OnDemandPrograms {

    /**
     * The programs of one on-demand view version.
     *
     * @param view with its version
     * @param evaluator the version of the evaluator that it was registered with
     * @param inputs with their exact versions
     * @param requestValues spine columns that its expressions may read
     */
    @Schema(name = "OnDemandProgram")
    record Program(
            String view,
            int evaluator,
            List<String> inputs,
            List<DatasetSpec.Column> requestValues,
            List<Feature> features) {}

    /**
     * One feature.
     *
     * @param column its column in the rows; null for one that others are computed from
     * @param failed rows for which its expression failed, and which have null
     */
    @Schema(name = "OnDemandProgramFeature")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Feature(String name, @Nullable String column, String type, String expression, long failed) {}

    private OnDemandPrograms() {}

    /** Inputs before what is computed from them; none for a selection without on-demand features. */
    static List<Program> of(FeatureSelection selection, FeatureValues computed) {
        return of(selection, computed::failures);
    }

    private static List<Program> of(FeatureSelection selection, ToLongFunction<Origin.Computed> failed) {
        var wanted = FeatureValues.computed(selection);
        var programs = new ArrayList<Program>();
        for (int i = 0; i < selection.onDemand().size(); i++) {
            var view = selection.onDemand().get(i).view();
            var features = new ArrayList<Feature>();
            for (int feature = 0; feature < view.features().size(); feature++) {
                var origin = new Origin.Computed(i, feature);
                if (wanted.contains(origin)) {
                    features.add(feature(selection, origin, view.features().get(feature), failed));
                }
            }
            if (!features.isEmpty()) {
                programs.add(program(view, features));
            }
        }
        return programs;
    }

    private static Program program(RegisteredOnDemandView view, List<Feature> features) {
        return new Program(
                view.version().toString(),
                view.evaluator(),
                view.inputs().stream()
                        .map(input -> input.version() + ":" + input.feature())
                        .toList(),
                view.request().stream()
                        .map(value -> new DatasetSpec.Column(
                                value.name(), value.type().toString()))
                        .toList(),
                List.copyOf(features));
    }

    private static Feature feature(
            FeatureSelection selection,
            Origin.Computed origin,
            RegisteredOnDemandView.Feature feature,
            ToLongFunction<Origin.Computed> failed) {
        String column = selection.columns().stream()
                .filter(each -> each.origin().equals(origin))
                .map(FeatureSelection.Column::name)
                .findFirst()
                .orElse(null);
        return new Feature(
                feature.name(),
                column,
                feature.type().toString(),
                feature.definition().expression(),
                failed.applyAsLong(origin));
    }

    /** Lines of SQL comments that name what the statement after them doesn't compute; empty if there is no such thing. */
    static String comment(FeatureSelection selection) {
        var programs = of(selection, _ -> 0);
        if (programs.isEmpty()) {
            return "";
        }
        var comment = new StringBuilder(
                "-- On-demand features are not computed in SQL: this gives the spine and what they are computed"
                        + " from.\n");
        for (Program program : programs) {
            for (Feature feature : program.features()) {
                String name = feature.column() == null ? program.view() + ":" + feature.name() : feature.column();
                comment.append("-- %s (%s, %s):\n".formatted(name, program.view(), feature.type()));
                feature.expression()
                        .lines()
                        .forEach(line -> comment.append("--     ").append(line).append('\n'));
            }
        }
        return comment.toString();
    }
}
