package dev.asof.registry.catalog;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.DefinitionPins;
import dev.asof.registry.FeatureSelection;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The pins in Postgres. Whoever retires or deletes holds the same locks, and so sees them or comes before them. */
@Component
class PinnedDefinitions implements DefinitionPins {

    private static final String PIN = """
        insert into asof.definition_pin (dependent, kind, name, version)
        values (:dependent, :kind, :name, :version)
        """;

    private static final String RELEASE = "delete from asof.definition_pin where dependent = :dependent";

    private final JdbcClient jdbc;
    private final RegistryLocks locks;
    private final CatalogLoader loader;

    PinnedDefinitions(JdbcClient jdbc, RegistryLocks locks, CatalogLoader loader) {
        this.jdbc = jdbc;
        this.locks = locks;
        this.loader = loader;
    }

    @Override
    public List<Pin> pin(String dependent, FeatureSelection selection) {
        new TreeSet<>(selection.views().stream()
                        .map(view -> view.view().source())
                        .toList())
                .forEach(locks::share);
        locks.lockRevision();
        var pins = pins(loader.load(), selection);
        for (var pin : pins) {
            jdbc.sql(PIN)
                    .param("dependent", dependent)
                    .param("kind", pin.kind().yamlName())
                    .param("name", pin.name())
                    .param("version", pin.version())
                    .update();
        }
        return pins;
    }

    private static List<Pin> pins(Catalog catalog, FeatureSelection selection) {
        var pins = new ArrayList<Pin>();
        selection
                .service()
                .ifPresent(service -> pins.add(live(
                        catalog,
                        DefinitionKind.FEATURE_SERVICE,
                        service.service().value(),
                        service.version())));
        selection.views().stream()
                .map(view -> view.view().version())
                .distinct()
                .forEach(view -> pins.add(
                        live(catalog, DefinitionKind.FEATURE_VIEW, view.view().value(), view.version())));
        selection.onDemand().stream()
                .map(view -> view.view().version())
                .distinct()
                .forEach(view -> pins.add(live(
                        catalog,
                        DefinitionKind.ON_DEMAND_FEATURE_VIEW,
                        view.view().value(),
                        view.version())));
        return pins;
    }

    private static Pin live(Catalog catalog, DefinitionKind kind, String name, int version) {
        return catalog.find(kind, name).stream()
                .flatMap(StoredDefinition::live)
                .filter(stored -> stored.version() == version)
                .map(stored -> new Pin(kind, name, version, stored.hash()))
                .findFirst()
                .orElseThrow(() -> new AsofException(
                        ErrorCode.CONFLICT,
                        "The %s %s@v%s was retired meanwhile: ask for another version"
                                .formatted(kind.label(), name, version)));
    }

    @Override
    public void release(String dependent) {
        jdbc.sql(RELEASE).param("dependent", dependent).update();
    }
}
