package dev.asof.registry.catalog;

import dev.asof.registry.Definition;
import dev.asof.registry.DefinitionKind;
import dev.asof.registry.DefinitionPins;
import dev.asof.registry.EntityDefinition;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureServiceDefinition;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ServiceVersion;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.catalog.StoredVersion.Resolution;
import dev.asof.shared.EntityName;
import dev.asof.shared.ViewVersion;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Rule V4: what depends on a definition, in words such as {@code feature view card_activity@v2}. */
public final class Dependents {

    /** A version that another module depends on, as {@link DefinitionPins} keeps it. */
    record Pinned(DefinitionKind kind, String name, int version, String dependent) {}

    private Dependents() {}

    /** Live view versions that describe an entity. */
    public static Stream<String> viewsOf(Catalog catalog, EntityName entity) {
        return catalog.liveViews().stream()
                .filter(view -> uses(view.definition(), entity.value()))
                .map(Dependents::label);
    }

    /**
     * What pins a version of a feature view, on-demand or not: on-demand and service versions that are not retired, and what
     * other modules keep.
     */
    public static List<String> of(Catalog catalog, DefinitionKind kind, ViewVersion version) {
        var onDemand = catalog.liveOnDemandViews().stream()
                .filter(view -> pins(view, kind).anyMatch(version::equals))
                .map(Dependents::label);
        var services = catalog.liveServices()
                .filter(service -> pins(service, kind).anyMatch(version::equals))
                .map(Dependents::label);
        var pinning = pinning(catalog, kind, version.view().value())
                .filter(pinned -> pinned.version() == version.version())
                .map(Pinned::dependent);
        return Stream.of(onDemand, services, pinning)
                .flatMap(dependents -> dependents)
                .toList();
    }

    private static Stream<ViewVersion> pins(RegisteredOnDemandView view, DefinitionKind kind) {
        return kind == DefinitionKind.FEATURE_VIEW
                ? view.views().stream().map(RegisteredView::version)
                : view.onDemandViews().stream().map(RegisteredOnDemandView::version);
    }

    private static Stream<ViewVersion> pins(FeatureSelection service, DefinitionKind kind) {
        return kind == DefinitionKind.FEATURE_VIEW
                ? service.views().stream().map(view -> view.view().version())
                : service.onDemand().stream().map(view -> view.view().version());
    }

    /** What other modules keep that pins a service version. */
    public static List<String> of(Catalog catalog, ServiceVersion version) {
        return pinning(
                        catalog,
                        DefinitionKind.FEATURE_SERVICE,
                        version.service().value())
                .filter(pinned -> pinned.version() == version.version())
                .map(Pinned::dependent)
                .toList();
    }

    private static Stream<Pinned> pinning(Catalog catalog, DefinitionKind kind, String name) {
        return catalog.pinned().stream()
                .filter(pinned -> pinned.kind() == kind && pinned.name().equals(name));
    }

    /**
     * What keeps a definition from being deleted, once everything doomed with it is gone and the bundle is applied.
     *
     * @param bundle its own new versions depend on what they name
     * @param doomed names by kind that are deleted in the same step
     */
    public static List<String> of(
            Catalog catalog,
            ParsedBundle bundle,
            DefinitionKind kind,
            String name,
            Map<DefinitionKind, Set<String>> doomed) {
        var inBundle = bundle.definitions().stream()
                .map(ParsedDefinition::definition)
                .filter(definition -> uses(definition, kind, name))
                .map(definition -> definition.kind().label() + " " + definition.id());
        var pinning = pinning(catalog, kind, name).map(Pinned::dependent);
        return Stream.concat(Stream.concat(registered(catalog, kind, name, doomed), inBundle), pinning)
                .distinct()
                .toList();
    }

    private static Stream<String> registered(
            Catalog catalog, DefinitionKind kind, String name, Map<DefinitionKind, Set<String>> doomed) {
        var views = catalog.liveViews().stream()
                .filter(view -> !isDoomed(
                        doomed, DefinitionKind.FEATURE_VIEW, view.definition().id()));
        return switch (kind) {
            case ENTITY -> views.filter(view -> uses(view.definition(), name)).map(Dependents::label);
            case SOURCE ->
                views.filter(view -> view.source().value().equals(name)).map(Dependents::label);
            case FEATURE_VIEW, ON_DEMAND_FEATURE_VIEW ->
                Stream.concat(
                        onDemandReading(catalog, kind, name, doomed), servicesReading(catalog, kind, name, doomed));
            case FEATURE_SERVICE -> Stream.empty();
        };
    }

    private static Stream<String> onDemandReading(
            Catalog catalog, DefinitionKind kind, String name, Map<DefinitionKind, Set<String>> doomed) {
        return catalog.liveOnDemandViews().stream()
                .filter(view -> !isDoomed(
                        doomed,
                        DefinitionKind.ON_DEMAND_FEATURE_VIEW,
                        view.version().view().value()))
                .filter(view ->
                        pins(view, kind).anyMatch(pin -> pin.view().value().equals(name)))
                .map(Dependents::label);
    }

    private static Stream<String> servicesReading(
            Catalog catalog, DefinitionKind kind, String name, Map<DefinitionKind, Set<String>> doomed) {
        return catalog.all(DefinitionKind.FEATURE_SERVICE).values().stream()
                .filter(service -> !isDoomed(doomed, DefinitionKind.FEATURE_SERVICE, service.name()))
                .flatMap(StoredDefinition::live)
                .flatMap(version -> version.resolution() instanceof Resolution.Service(FeatureSelection service)
                        ? Stream.of(service)
                        : Stream.empty())
                .filter(service ->
                        pins(service, kind).anyMatch(pin -> pin.view().value().equals(name)))
                .map(Dependents::label);
    }

    private static boolean isView(DefinitionKind kind) {
        return kind == DefinitionKind.FEATURE_VIEW || kind == DefinitionKind.ON_DEMAND_FEATURE_VIEW;
    }

    private static boolean uses(Definition definition, DefinitionKind kind, String name) {
        return switch (definition) {
            case EntityDefinition _, SourceDefinition _ -> false;
            case FeatureViewDefinition view ->
                kind == DefinitionKind.ENTITY && uses(view, name)
                        || kind == DefinitionKind.SOURCE
                                && view.source().value().equals(name);
            case OnDemandViewDefinition view ->
                isView(kind)
                        && view.inputs().stream()
                                .anyMatch(input -> input.view().value().equals(name));
            case FeatureServiceDefinition service ->
                isView(kind)
                        && service.features().stream()
                                .anyMatch(item -> item.view().value().equals(name));
        };
    }

    private static boolean uses(FeatureViewDefinition view, String entity) {
        return view.entities().stream().anyMatch(used -> used.entity().value().equals(entity));
    }

    private static boolean isDoomed(Map<DefinitionKind, Set<String>> doomed, DefinitionKind kind, String name) {
        return doomed.getOrDefault(kind, Set.of()).contains(name);
    }

    private static String label(RegisteredView view) {
        return "feature view " + view.version();
    }

    private static String label(RegisteredOnDemandView view) {
        return DefinitionKind.ON_DEMAND_FEATURE_VIEW.label() + " " + view.version();
    }

    private static String label(FeatureSelection service) {
        return "feature service "
                + service.service().map(ServiceVersion::toString).orElseThrow();
    }
}
