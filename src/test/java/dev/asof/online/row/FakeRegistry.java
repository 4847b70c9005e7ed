package dev.asof.online.row;

import dev.asof.registry.FeatureSelection;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.registry.ServiceVersion;
import dev.asof.registry.TrainingDefaults;
import dev.asof.shared.AsofException;
import dev.asof.shared.FeatureServiceName;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.SourceName;
import dev.asof.shared.ViewVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A registry that knows the views and services a test gives it. */
public final class FakeRegistry implements Registry, RegistrySnapshot {

    private final Map<String, RegisteredView> views = new HashMap<>();
    private final Map<String, FeatureSelection> services = new HashMap<>();

    FakeRegistry add(RegisteredView view) {
        views.put(view.version().view().value(), view);
        return this;
    }

    /** A service of whole views, each by its own keys. */
    public FakeRegistry addService(String name, RegisteredView... members) {
        var selected = new ArrayList<FeatureSelection.View>();
        for (var view : members) {
            add(view);
            selected.add(new FeatureSelection.View(
                    view,
                    view.version().view().value(),
                    view.keys().stream().map(RegisteredView.Key::name).toList()));
        }
        return addService(name, selected);
    }

    /** A service of all features of views under roles. */
    public FakeRegistry addService(String name, List<FeatureSelection.View> selected) {
        services.put(name, selection(Optional.of(new ServiceVersion(new FeatureServiceName(name), 1)), selected));
        return this;
    }

    /** A service of whatever is selected. */
    public FakeRegistry addService(String name, FeatureSelection selection) {
        services.put(name, selection);
        return this;
    }

    @Override
    public FeatureSelection service(String reference) {
        var selection = services.get(reference.split("@", 2)[0]);
        if (selection == null) {
            throw AsofException.notFound("feature service", reference, services.keySet());
        }
        return selection;
    }

    @Override
    public FeatureSelection features(List<String> references) {
        var selected = references.stream()
                .map(reference -> views.get(reference.split(":", 2)[0]))
                .map(view -> new FeatureSelection.View(
                        view,
                        view.version().view().value(),
                        view.keys().stream().map(RegisteredView.Key::name).toList()))
                .toList();
        return selection(Optional.empty(), selected);
    }

    private static FeatureSelection selection(Optional<ServiceVersion> service, List<FeatureSelection.View> selected) {
        var columns = new ArrayList<FeatureSelection.Column>();
        for (int v = 0; v < selected.size(); v++) {
            for (var feature : selected.get(v).view().features()) {
                columns.add(FeatureSelection.Column.stored(selected, v, feature.name()));
            }
        }
        return new FeatureSelection(service, selected, columns, TrainingDefaults.NONE);
    }

    @Override
    public RegistrySnapshot current() {
        return this;
    }

    @Override
    public long revision() {
        return 1;
    }

    @Override
    public RegisteredSource source(SourceName name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<RegisteredSource> sources() {
        return List.of();
    }

    @Override
    public List<RegisteredView> liveViews(SourceName source) {
        return liveViews();
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
        return List.copyOf(views.values());
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
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<RegisteredView> currentView(FeatureViewName name) {
        return Optional.ofNullable(views.get(name.value()));
    }

    @Override
    public RegistrySnapshot shareSource(SourceName source) {
        return this;
    }

    @Override
    public void markReady(ViewVersion version) {
        throw new UnsupportedOperationException();
    }
}
