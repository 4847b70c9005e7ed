package dev.asof.training;

import dev.asof.registry.FeatureDefinition;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.Known;
import dev.asof.registry.Metadata;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.registry.ServiceVersion;
import dev.asof.registry.SourceColumn;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.TrainingDefaults;
import dev.asof.registry.VersionState;
import dev.asof.shared.AsofException;
import dev.asof.shared.FeatureServiceName;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ScalarType;
import dev.asof.shared.SourceName;
import dev.asof.shared.ViewVersion;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** One view {@code delays} by {@code origin}, one service {@code delay_model}, one source {@code labels}. */
public final class TestRegistry implements Registry, RegistrySnapshot {

    static final RegisteredView DELAYS = view();

    private static RegisteredView view() {
        var name = new FeatureViewName("delays");
        var average = new FeatureDefinition.ColumnFeature("avg_delay", "avg_delay", Optional.empty());
        var flights = new FeatureDefinition.ColumnFeature("flights", "flights", Optional.empty());
        var definition = new FeatureViewDefinition(
                name,
                List.of(),
                new SourceName("flights"),
                Optional.empty(),
                List.of(average, flights),
                1,
                Metadata.NONE);
        return new RegisteredView(
                1,
                new ViewVersion(name, 1),
                VersionState.READY,
                "00",
                1,
                false,
                List.of(new RegisteredView.Key("origin", ScalarType.STRING, "origin")),
                List.of(
                        new RegisteredView.Feature("avg_delay", ScalarType.FLOAT64, average),
                        new RegisteredView.Feature("flights", ScalarType.INT64, flights)),
                definition,
                Instant.EPOCH);
    }

    static FeatureSelection selection(Optional<ServiceVersion> service, TrainingDefaults training) {
        var views = List.of(new FeatureSelection.View(DELAYS, "delays", List.of("origin")));
        return new FeatureSelection(
                service,
                views,
                List.of(
                        FeatureSelection.Column.stored(views, 0, "avg_delay"),
                        FeatureSelection.Column.stored(views, 0, "flights")),
                training);
    }

    @Override
    public FeatureSelection service(String reference) {
        if (!reference.equals("delay_model")) {
            throw AsofException.notFound("feature service", reference, List.of("delay_model"));
        }
        return selection(
                Optional.of(new ServiceVersion(new FeatureServiceName("delay_model"), 3)),
                new TrainingDefaults(true, new Known.Latest()));
    }

    @Override
    public FeatureSelection features(List<String> references) {
        return selection(Optional.empty(), TrainingDefaults.NONE);
    }

    @Override
    public RegisteredSource source(SourceName name) {
        return sources().stream()
                .filter(source -> source.definition().name().equals(name))
                .findFirst()
                .orElseThrow(() -> AsofException.notFound("source", name.value(), List.of("labels")));
    }

    @Override
    public List<RegisteredSource> sources() {
        return List.of(new RegisteredSource(
                1,
                SourceDefinition.of(
                        new SourceName("labels"),
                        List.of(
                                SourceColumn.of("origin", ScalarType.STRING),
                                SourceColumn.of("ts", ScalarType.TIMESTAMP),
                                SourceColumn.of("label", ScalarType.INT32)),
                        "ts")));
    }

    @Override
    public RegistrySnapshot current() {
        return this;
    }

    @Override
    public RegistrySnapshot shareSource(SourceName source) {
        return this;
    }

    @Override
    public void markReady(ViewVersion version) {}

    @Override
    public long revision() {
        return 1;
    }

    @Override
    public List<RegisteredView> liveViews(SourceName source) {
        return List.of(DELAYS);
    }

    @Override
    public boolean canTake(SourceName source) {
        return true;
    }

    @Override
    public void requireTakes(SourceName source) {}

    @Override
    public boolean canCompute(ViewVersion version) {
        return true;
    }

    @Override
    public boolean isWhole() {
        return true;
    }

    @Override
    public List<RegisteredView> liveViews() {
        return List.of(DELAYS);
    }

    @Override
    public List<RegisteredOnDemandView> liveOnDemandViews() {
        return List.of();
    }

    @Override
    public RegisteredOnDemandView onDemandView(ViewVersion version) {
        throw new UnsupportedOperationException("There are none");
    }

    @Override
    public RegisteredView view(ViewVersion version) {
        return DELAYS;
    }

    @Override
    public Optional<RegisteredView> currentView(FeatureViewName name) {
        return Optional.of(DELAYS);
    }
}
