package dev.asof.training;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.asof.formats.ResultColumn;
import dev.asof.offline.PointInTimeJoin;
import dev.asof.offline.VisibleBatches;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.Known;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.registry.TrainingDefaults;
import dev.asof.shared.AsofException;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueConversionException;
import dev.asof.shared.ValueConverter;
import dev.asof.shared.ViewVersion;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Everything a dataset is built from but the spine's rows, with exact versions: what a build reads, on whichever server
 * it runs, and what a manifest shows.
 *
 * @param featureService the version that was asked for; null when features were listed
 * @param onDemand null in specs of before there were any
 * @param known as it stands in a request
 * @param spineHash of the spine's rows, by {@link ContentHash}
 * @param gap between splits, ISO-8601; null without splits
 * @param gapRows rows that lie in gaps between splits, and so in none
 * @param rebuild what this is to be the same as; null for a build of its own
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DatasetSpec(
        @Nullable String featureService,
        List<View> views,
        @Nullable List<OnDemand> onDemand,
        List<Feature> features,
        List<Definition> definitions,
        String asOfColumn,
        boolean strict,
        String known,
        List<Column> spineColumns,
        String spineHash,
        Origin origin,
        @Nullable Label label,
        List<Split> splits,
        @Nullable String gap,
        long gapRows,
        boolean failOnLeakage,
        LeakageThresholds leakageThresholds,
        @Nullable Rebuild rebuild) {

    /** A view version to read, as {@link FeatureSelection.View}. */
    record View(String view, int version, String alias, List<String> keyColumns) {}

    /**
     * An on-demand view version to compute, as {@link FeatureSelection.OnDemand}.
     *
     * @param inputs where the value of each of the version's inputs comes from
     */
    record OnDemand(String view, int version, String alias, List<Feature> inputs) {}

    /**
     * A feature: which of the views, and which of its features.
     *
     * @param view -1 for one of an on-demand view
     * @param onDemand which of those; null for one of a view
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Feature(int view, String feature, @Nullable Integer onDemand) {

        private static Feature of(FeatureSelection selection, FeatureSelection.Origin origin) {
            return switch (origin) {
                case FeatureSelection.Origin.OfView from -> {
                    var view = selection.views().get(from.view()).view();
                    yield new Feature(
                            from.view(), view.features().get(from.feature()).name(), null);
                }
                case FeatureSelection.Origin.Computed(int onDemand, int feature) -> {
                    var view = selection.onDemand().get(onDemand).view();
                    yield new Feature(-1, view.features().get(feature).name(), onDemand);
                }
            };
        }
    }

    /** A definition's version with the hash of its meaning. */
    @Schema(name = "PinnedDefinition")
    public record Definition(String kind, String name, int version, String hash) {}

    /** A column with its type's name. */
    public record Column(String name, String type) {

        public static Column of(ResultColumn column) {
            return new Column(column.name(), column.typeName());
        }

        ResultColumn result() {
            return ResultColumn.named(name, type);
        }
    }

    /**
     * Where the spine came from.
     *
     * @param kind {@code rows}, {@code file}, {@code sql} or {@code source}
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Origin(
            String kind,
            @Nullable String format,
            @Nullable String sql,
            @Nullable String source) {

        public static Origin of(SpineInput input) {
            return switch (input) {
                case SpineInput.Inline _ -> new Origin("rows", null, null, null);
                case SpineInput.Upload upload ->
                    new Origin("file", upload.format().name().toLowerCase(java.util.Locale.ROOT), null, null);
                case SpineInput.Sql sql -> new Origin("sql", null, sql.text(), null);
                case SpineInput.Source source ->
                    new Origin(
                            "source", null, null, source.source().definition().id());
            };
        }
    }

    /**
     * Which spine columns the label is in.
     *
     * @param timestampColumn when each label came about
     * @param timeZone of such times without an offset
     * @param sources that the labels come from
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Label(
            @Nullable String column,
            @Nullable String timestampColumn,
            @Nullable String timeZone,
            List<String> sources) {

        /**
         * A label's time; files without types have it as text.
         *
         * @param zone of times without an offset; empty when they are an error
         * @throws ValueConversionException when it is none
         */
        public static Instant time(Object value, Optional<ZoneId> zone) throws ValueConversionException {
            return (Instant)
                    ValueConverter.convert(value, ScalarType.TIMESTAMP, new ValueConverter.Options(zone, false, false));
        }
    }

    /** The version to build again. */
    public record Rebuild(int version, String contentHash, String batches) {}

    public DatasetSpec {
        views = List.copyOf(views);
        onDemand = onDemand == null ? null : List.copyOf(onDemand);
        features = List.copyOf(features);
        definitions = List.copyOf(definitions);
        spineColumns = List.copyOf(spineColumns);
        splits = List.copyOf(splits);
    }

    public static List<View> viewsOf(FeatureSelection selection) {
        return selection.views().stream()
                .map(view -> new View(
                        view.view().version().view().value(),
                        view.view().version().version(),
                        view.alias(),
                        view.keyColumns()))
                .toList();
    }

    public static List<Feature> featuresOf(FeatureSelection selection) {
        return selection.columns().stream()
                .map(column -> Feature.of(selection, column.origin()))
                .toList();
    }

    public static List<OnDemand> onDemandOf(FeatureSelection selection) {
        return selection.onDemand().stream()
                .map(selected -> new OnDemand(
                        selected.view().version().view().value(),
                        selected.view().version().version(),
                        selected.alias(),
                        selected.inputs().stream()
                                .map(input -> Feature.of(selection, input))
                                .toList()))
                .toList();
    }

    /** @throws AsofException NOT_FOUND with the splits there are */
    public Split split(String name) {
        return splits.stream()
                .filter(split -> split.name().equals(name))
                .findFirst()
                .orElseThrow(() -> noSuchSplit(name));
    }

    public AsofException noSuchSplit(String name) {
        return AsofException.notFound(
                "split", name, splits.stream().map(Split::name).toList());
    }

    /** The selection, of versions that this dataset pins. */
    public FeatureSelection selection(RegistrySnapshot snapshot) {
        var selected = views.stream()
                .map(view -> new FeatureSelection.View(
                        snapshot.view(new ViewVersion(new FeatureViewName(view.view()), view.version())),
                        view.alias(),
                        view.keyColumns()))
                .toList();
        var computed = computed(snapshot, selected);
        var columns = features.stream()
                .map(feature -> feature.onDemand() == null
                        ? FeatureSelection.Column.stored(selected, feature.view(), feature.feature())
                        : FeatureSelection.Column.computed(computed, feature.onDemand(), feature.feature()))
                .toList();
        return new FeatureSelection(Optional.empty(), selected, columns, TrainingDefaults.NONE, computed);
    }

    private List<FeatureSelection.OnDemand> computed(RegistrySnapshot snapshot, List<FeatureSelection.View> selected) {
        if (onDemand == null) {
            return List.of();
        }
        var versions = onDemand.stream()
                .map(view -> snapshot.onDemandView(new ViewVersion(new FeatureViewName(view.view()), view.version())))
                .toList();
        var computed = new ArrayList<FeatureSelection.OnDemand>();
        for (int i = 0; i < versions.size(); i++) {
            var view = onDemand.get(i);
            computed.add(new FeatureSelection.OnDemand(
                    versions.get(i),
                    view.alias(),
                    view.inputs().stream()
                            .map(input -> origin(input, selected, versions))
                            .toList()));
        }
        return computed;
    }

    private static FeatureSelection.Origin origin(
            Feature feature, List<FeatureSelection.View> selected, List<RegisteredOnDemandView> onDemand) {
        if (feature.onDemand() != null) {
            int index = onDemand.get(feature.onDemand()).indexOf(feature.feature());
            return new FeatureSelection.Origin.Computed(feature.onDemand(), index);
        }
        var view = selected.get(feature.view()).view();
        return FeatureSelection.Origin.of(view, feature.view(), view.indexOf(feature.feature()));
    }

    public PointInTimeJoin.Reading reading(Optional<VisibleBatches> batches) {
        return new PointInTimeJoin.Reading(strict, knownRule(), batches);
    }

    public Known knownRule() {
        return Known.parse(known).orElseThrow();
    }

    /** The columns of the rows: the spine's, then the features. */
    public List<ResultColumn> columns(FeatureSelection selection) {
        var columns = new ArrayList<ResultColumn>();
        spineColumns.forEach(column -> columns.add(column.result()));
        columns.addAll(FeatureValues.columns(selection));
        return columns;
    }

    public List<String> spineColumnNames() {
        return spineColumns.stream().map(Column::name).toList();
    }

    public DatasetSpec rebuilding(Rebuild original) {
        return new DatasetSpec(
                featureService,
                views,
                onDemand,
                features,
                definitions,
                asOfColumn,
                strict,
                known,
                spineColumns,
                spineHash,
                origin,
                label,
                splits,
                gap,
                gapRows,
                failOnLeakage,
                leakageThresholds,
                original);
    }
}
