package dev.asof.registry.planning;

import dev.asof.registry.Definition;
import dev.asof.registry.DefinitionKind;
import dev.asof.registry.EntityDefinition;
import dev.asof.registry.FeatureServiceDefinition;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.RegistryEvents;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.VersionState;
import dev.asof.registry.catalog.Catalog;
import dev.asof.registry.catalog.DefinitionRepository;
import dev.asof.registry.catalog.DefinitionRow;
import dev.asof.registry.catalog.DefinitionVersionRepository;
import dev.asof.registry.catalog.DefinitionVersionRow;
import dev.asof.registry.catalog.Json;
import dev.asof.registry.catalog.RegisteredViews;
import dev.asof.registry.catalog.StoredDefinition;
import dev.asof.registry.catalog.StoredFormat;
import dev.asof.registry.catalog.StoredMeaning;
import dev.asof.registry.catalog.StoredVersion.Resolution;
import dev.asof.registry.planning.Plan.Step;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.SourceName;
import dev.asof.shared.ViewVersion;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/** Writes a plan in the current transaction and tells the other modules, in the order of the plan. */
@Component
class PlanExecutor {

    private final DefinitionRepository definitions;
    private final DefinitionVersionRepository versions;
    private final ApplicationEventPublisher events;

    PlanExecutor(
            DefinitionRepository definitions, DefinitionVersionRepository versions, ApplicationEventPublisher events) {
        this.definitions = definitions;
        this.versions = versions;
        this.events = events;
    }

    /** @param catalog what the plan was made from */
    void execute(Plan plan, Catalog catalog, Instant now) {
        for (var change : plan.changes()) {
            switch (change.step()) {
                case Step.Nothing _ -> {}
                case Step.Rewrite rewrite -> rewrite(rewrite, catalog);
                case Step.AddEntity entity ->
                    add(change, entity.definition(), entity.hash(), StoredMeaning.NOTHING, VersionState.READY, now);
                case Step.AddSource source -> addSource(change, source, now);
                case Step.AddView view -> addView(change, view, now);
                case Step.AddOnDemandView view -> addOnDemandView(change, view, now);
                case Step.AddService service ->
                    add(
                            change,
                            service.definition(),
                            service.hash(),
                            StoredMeaning.of(service.selection()),
                            VersionState.READY,
                            now);
                case Step.Delete _ -> delete(catalog.get(change.kind(), change.name()));
            }
        }
    }

    private void rewrite(Step.Rewrite rewrite, Catalog catalog) {
        var row = versions.findById(rewrite.versionId()).orElseThrow();
        versions.save(row.withSpec(StoredFormat.NEWEST, StoredFormat.write(rewrite.definition())));
        switch (rewrite.definition()) {
            case EntityDefinition _, OnDemandViewDefinition _, FeatureServiceDefinition _ -> {}
            case SourceDefinition source ->
                events.publishEvent(new RegistryEvents.SourceRewritten(new RegisteredSource(row.version(), source)));
            case FeatureViewDefinition view -> {
                var version = new ViewVersion(view.name(), row.version());
                boolean isCurrent = catalog.currentView(view.name())
                        .filter(current -> current.version().equals(version))
                        .isPresent();
                events.publishEvent(new RegistryEvents.ViewVersionRewritten(
                        catalog.view(version).as(view), isCurrent));
            }
        }
    }

    private void addSource(Plan.Change change, Step.AddSource step, Instant now) {
        boolean created =
                definitions.findByKindAndName(change.kind(), change.name()).isEmpty();
        add(change, step.definition(), step.hash(), StoredMeaning.NOTHING, VersionState.READY, now);
        var source = new RegisteredSource(change.version(), step.definition());
        if (created) {
            events.publishEvent(new RegistryEvents.SourceCreated(source));
        } else if (!step.added().isEmpty()) {
            events.publishEvent(new RegistryEvents.SourceColumnsAdded(source, step.added()));
        }
    }

    private void addView(Plan.Change change, Step.AddView step, Instant now) {
        var meaning = StoredMeaning.of(step.resolved());
        var row = add(change, step.definition(), step.hash(), meaning, VersionState.CANDIDATE, now);
        var facts = new RegisteredViews.Facts(
                Objects.requireNonNull(row.id()),
                row.version(),
                row.state(),
                row.hash(),
                row.breaking(),
                row.createdAt());
        events.publishEvent(new RegistryEvents.ViewVersionRegistered(
                RegisteredViews.of(step.definition(), step.resolved(), facts)));
    }

    /** One that reads only what is ready needs nothing more to become current. */
    private void addOnDemandView(Plan.Change change, Step.AddOnDemandView step, Instant now) {
        var meaning = StoredMeaning.of(step.inputs(), step.features());
        var row = add(change, step.definition(), step.hash(), meaning, step.state(), now);
        if (step.state() == VersionState.READY && !row.breaking()) {
            var definition =
                    definitions.findByKindAndName(change.kind(), change.name()).orElseThrow();
            definitions.save(definition.withCurrent(change.version()));
        }
    }

    private DefinitionVersionRow add(
            Plan.Change change, Definition definition, String hash, Json resolved, VersionState state, Instant now) {
        var row = definitions
                .findByKindAndName(change.kind(), change.name())
                .orElseGet(() -> definitions.save(new DefinitionRow(null, change.kind(), change.name(), null, now)));
        boolean isCurrentAtOnce = change.kind() == DefinitionKind.ENTITY || change.kind() == DefinitionKind.SOURCE;
        if (isCurrentAtOnce) {
            definitions.save(row.withCurrent(change.version()));
        }
        return versions.save(new DefinitionVersionRow(
                null,
                change.kind(),
                change.name(),
                change.version(),
                state,
                hash,
                change.effect().filter(effect -> effect == Plan.Effect.BREAKING).isPresent(),
                StoredFormat.NEWEST,
                StoredFormat.write(definition),
                resolved,
                now));
    }

    private void delete(StoredDefinition stored) {
        var row = definitions.findByKindAndName(stored.kind(), stored.name()).orElseThrow();
        versions.findByKindAndNameOrderByVersion(stored.kind(), stored.name())
                .forEach(version -> versions.save(version.withState(VersionState.RETIRED)));
        definitions.delete(row);
        switch (stored.kind()) {
            case ENTITY, ON_DEMAND_FEATURE_VIEW, FEATURE_SERVICE -> {}
            case SOURCE -> events.publishEvent(new RegistryEvents.SourceDeleted(new SourceName(stored.name())));
            case FEATURE_VIEW -> publishViewDeleted(stored);
        }
    }

    private void publishViewDeleted(StoredDefinition stored) {
        if (stored.current().isPresent()) {
            events.publishEvent(
                    new RegistryEvents.CurrentViewChanged(new FeatureViewName(stored.name()), Optional.empty()));
        }
        for (var version : stored.live().toList().reversed()) {
            if (version.resolution() instanceof Resolution.View(RegisteredView view)) {
                events.publishEvent(new RegistryEvents.ViewVersionRetired(view.in(VersionState.RETIRED)));
            }
        }
    }
}
