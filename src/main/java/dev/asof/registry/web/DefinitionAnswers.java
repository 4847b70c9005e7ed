package dev.asof.registry.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureSelection.Origin;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.catalog.DefinitionWriter;
import dev.asof.registry.catalog.StoredDefinition;
import dev.asof.registry.catalog.StoredVersion;
import dev.asof.registry.catalog.StoredVersion.Resolution;
import dev.asof.registry.planning.Plan;
import dev.asof.shared.ListType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import dev.asof.shared.ViewVersion;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the registry's calls answer. */
public final class DefinitionAnswers {

    /** @param nextPageToken null on the last page */
    @Schema(name = "Definitions")
    record ListAnswer(
            @ArraySchema(schema = @Schema(implementation = DefinitionDocs.Definition.class))
            List<Map<String, Object>> items,

            @Nullable String nextPageToken) {}

    /** @param moreChanges how many there are beside those shown */
    @Schema(name = "Plan")
    public record PlanAnswer(boolean dryRun, String summary, List<ChangeAnswer> changes, int moreChanges) {
        public static PlanAnswer of(Plan plan, boolean dryRun) {
            var shown = plan.shown();
            return new PlanAnswer(
                    dryRun,
                    plan.summary(),
                    shown.stream().map(ChangeAnswer::of).toList(),
                    plan.changes().size() - shown.size());
        }
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Schema(name = "Change")
    record ChangeAnswer(
            String kind,
            String name,

            @Schema(
                    allowableValues = {
                        "created",
                        "unchanged",
                        "metadata_updated",
                        "contract_updated",
                        "new_version",
                        "deleted"
                    })
            String action,

            int version,

            @Schema(allowableValues = {"compatible", "breaking"}) @Nullable
            String compatibility,

            List<String> reasons,

            @Schema(allowableValues = {"candidate", "ready"}) @Nullable
            String state,

            @Nullable String note) {
        static ChangeAnswer of(Plan.Change change) {
            return new ChangeAnswer(
                    change.kind().yamlName(),
                    change.name(),
                    lower(change.action()),
                    change.version(),
                    change.effect().map(DefinitionAnswers::lower).orElse(null),
                    change.reasons(),
                    change.state().map(DefinitionAnswers::lower).orElse(null),
                    change.note().orElse(null));
        }
    }

    /**
     * What the server says about a version; answers carry it as {@code status} beside the definition.
     *
     * @param currentVersion null while no version is current
     * @param features of a feature view, on-demand or not, with their types
     * @param pins of a feature service, or of an on-demand feature view: the exact view versions it reads
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Schema(name = "DefinitionStatus")
    record Status(
            int version,
            @Nullable Integer currentVersion,
            String state,
            boolean breaking,
            String hash,
            String createdAt,
            @Nullable List<TypedName> features,
            @Nullable List<String> pins) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record TypedName(String name, String type, @Nullable Integer length) {
        static TypedName of(String name, ValueType type) {
            Integer length = type instanceof ListType list && list.length().isPresent()
                    ? list.length().getAsInt()
                    : null;
            return new TypedName(name, type.typeName(), length);
        }
    }

    /**
     * @param view the version it is read from
     * @param partOf of a bucketed aggregate's keys and values: the one column that lookups answer them in
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Schema(name = "FeatureServiceColumn")
    record SchemaColumn(
            String name,
            String type,
            @Nullable Integer length,
            String view,
            String feature,

            @Schema(
                    description =
                            "Of a bucketed aggregate's keys and values: the one column that lookups answer them in",
                    example = "card_activity__by_category")
            @Nullable
            String partOf) {}

    @Schema(name = "FeatureServiceSchema")
    record SchemaAnswer(
            String featureService,

            @Schema(allowableValues = {"candidate", "ready", "retired"})
            String state,

            List<TypedName> keys,

            @Schema(description = "What else a request or a spine carries, for on-demand features")
            List<TypedName> requestValues,

            List<SchemaColumn> columns) {
        static SchemaAnswer of(StoredVersion version) {
            if (!(version.resolution() instanceof Resolution.Service(FeatureSelection selection))) {
                throw new IllegalArgumentException("Not a feature service: " + version.definition());
            }
            return new SchemaAnswer(
                    version.definition().id() + "@v" + version.version(),
                    lower(version.shownState()),
                    selection.requestKeys().entrySet().stream()
                            .map(key -> TypedName.of(key.getKey(), key.getValue()))
                            .toList(),
                    selection.requestValues().entrySet().stream()
                            .map(value -> TypedName.of(value.getKey(), value.getValue()))
                            .toList(),
                    selection.columns().stream()
                            .map(column -> schemaColumn(selection, column))
                            .toList());
        }
    }

    private DefinitionAnswers() {}

    private static SchemaColumn schemaColumn(FeatureSelection selection, FeatureSelection.Column column) {
        var typed = TypedName.of(column.name(), column.type());
        return switch (column.origin()) {
            case Origin.OfView from -> {
                var view = selection.views().get(from.view());
                String named =
                        view.view().features().get(from.feature()).definition().name();
                yield new SchemaColumn(
                        typed.name(),
                        typed.type(),
                        typed.length(),
                        view.view().version().toString(),
                        column.feature(),
                        named.equals(column.feature()) ? null : view.alias() + "__" + named);
            }
            case Origin.Computed(int onDemand, int _) ->
                new SchemaColumn(
                        typed.name(),
                        typed.type(),
                        typed.length(),
                        selection.onDemand().get(onDemand).view().version().toString(),
                        column.feature(),
                        null);
        };
    }

    /** The definition's own fields, then its status. */
    static Map<String, Object> of(StoredDefinition definition, StoredVersion version) {
        var answer = new LinkedHashMap<>(DefinitionWriter.toMap(version.definition()));
        answer.put("status", status(definition, version));
        return answer;
    }

    private static Status status(StoredDefinition definition, StoredVersion version) {
        return new Status(
                version.version(),
                definition.currentVersion().isPresent()
                        ? definition.currentVersion().getAsInt()
                        : null,
                lower(version.shownState()),
                version.breaking(),
                version.hash(),
                Timestamps.format(version.createdAt()),
                features(version.resolution()),
                pins(version.resolution()));
    }

    private static @Nullable List<TypedName> features(Resolution resolution) {
        return switch (resolution) {
            case Resolution.View(RegisteredView view) ->
                view.features().stream()
                        .map(feature -> TypedName.of(feature.name(), feature.type()))
                        .toList();
            case Resolution.OnDemandView(RegisteredOnDemandView view) ->
                view.features().stream()
                        .map(feature -> TypedName.of(feature.name(), feature.type()))
                        .toList();
            case Resolution.Literal _, Resolution.Service _ -> null;
        };
    }

    private static @Nullable List<String> pins(Resolution resolution) {
        return switch (resolution) {
            case Resolution.OnDemandView(RegisteredOnDemandView view) ->
                view.inputs().stream()
                        .map(input -> input.version().toString())
                        .distinct()
                        .toList();
            case Resolution.Service(FeatureSelection selection) ->
                Stream.concat(
                                selection.views().stream()
                                        .map(view -> view.view().version()),
                                selection.onDemand().stream()
                                        .map(view -> view.view().version()))
                        .map(ViewVersion::toString)
                        .distinct()
                        .toList();
            case Resolution.Literal _, Resolution.View _ -> null;
        };
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
