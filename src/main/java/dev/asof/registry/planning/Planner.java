package dev.asof.registry.planning;

import dev.asof.registry.Definition;
import dev.asof.registry.DefinitionKind;
import dev.asof.registry.EntityDefinition;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureServiceDefinition;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ServiceVersion;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.VersionState;
import dev.asof.registry.catalog.Catalog;
import dev.asof.registry.catalog.Dependents;
import dev.asof.registry.catalog.Locations;
import dev.asof.registry.catalog.ParsedBundle;
import dev.asof.registry.catalog.ResolvedView;
import dev.asof.registry.catalog.ResolvedView.Problem;
import dev.asof.registry.catalog.SelectionBuilder;
import dev.asof.registry.catalog.StoredDefinition;
import dev.asof.registry.catalog.StoredVersion;
import dev.asof.registry.catalog.StoredVersion.Resolution;
import dev.asof.registry.planning.Plan.Action;
import dev.asof.registry.planning.Plan.Effect;
import dev.asof.registry.planning.Plan.Step;
import dev.asof.shared.AsofException;
import dev.asof.shared.EntityName;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.FeatureServiceName;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.SourceName;
import dev.asof.shared.ViewVersion;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import dev.asof.transform.ExpressionCompiler;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Decides what applying a bundle changes. Reads and writes nothing; made for one bundle. */
public final class Planner {

    static final String IN_USE = "in_use";

    private final Catalog catalog;
    private final ParsedBundle bundle;
    private final Instant now;
    private final Violations violations = new Violations();
    private final List<Plan.Change> changes = new ArrayList<>();
    private final Set<SourceName> affectedSources = new TreeSet<>();
    private final Map<EntityName, EntityDefinition> entities = new HashMap<>();
    private final Map<SourceName, SourceDefinition> sources = new HashMap<>();
    private final PlannedViews views;

    private Planner(Catalog catalog, ParsedBundle bundle, Instant now) {
        this.catalog = catalog;
        this.bundle = bundle;
        this.now = now;
        this.violations.addAll(bundle.violations());
        this.views = new PlannedViews(catalog);
    }

    /**
     * @param prune whether everything the bundle doesn't name is deleted
     * @param now when new versions are registered
     * @throws AsofException with every violation of the bundle
     */
    public static Plan plan(Catalog catalog, ParsedBundle bundle, boolean prune, Instant now) {
        bundle.requireReadable(catalog);
        var planner = new Planner(catalog, bundle, now);
        planner.planDefinitions();
        if (prune) {
            catalog.unreadable().requireAllReadable("Deleting what the bundle doesn't name");
            planner.delete(planner.unnamed());
        }
        return planner.finish();
    }

    /** @throws AsofException NOT_FOUND, or IN_USE with every dependent */
    public static Plan planDeletion(Catalog catalog, DefinitionKind kind, String name, Instant now) {
        catalog.get(kind, name);
        catalog.unreadable().requireAllReadable("Deleting %s %s".formatted(kind.label(), name));
        var planner = new Planner(catalog, new ParsedBundle(List.of(), List.of(), new Violations()), now);
        planner.delete(Map.of(kind, Set.of(name)));
        return planner.finish();
    }

    private Plan finish() {
        if (!violations.isEmpty()) {
            boolean inUse = violations.codes().equals(Set.of(IN_USE));
            boolean unreadable = violations.codes().contains(ParsedBundle.SYNTAX);
            var code = inUse ? ErrorCode.IN_USE : unreadable ? ErrorCode.MALFORMED_REQUEST : ErrorCode.INVALID;
            throw new AsofException(code, detail(), violations);
        }
        affectedSources.forEach(catalog.unreadable()::requireComputable);
        return new Plan(changes, affectedSources);
    }

    private String detail() {
        String first = violations.shown().getFirst().message();
        return violations.count() == 1
                ? first
                : "%s problems; nothing was changed. The first: %s".formatted(violations.count(), first);
    }

    private void planDefinitions() {
        var inOrder = bundle.definitions().stream()
                .sorted(Comparator.comparing(parsed -> parsed.definition().kind()))
                .toList();
        for (var parsed : inOrder) {
            HeavyWork.goOn();
            switch (parsed.definition()) {
                case EntityDefinition entity -> planEntity(entity, parsed.locations());
                case SourceDefinition source -> planSource(source, parsed.locations());
                case FeatureViewDefinition view -> planView(view, parsed.locations());
                case FeatureServiceDefinition service -> planService(service, parsed.locations());
            }
        }
    }

    private void planEntity(EntityDefinition entity, Locations locations) {
        entities.put(entity.name(), entity);
        String hash = Meaning.hash(entity);
        var before = current(entity);
        if (before.isEmpty()) {
            add(entity, Action.CREATED, List.of(), new Step.AddEntity(entity, hash));
            return;
        }
        if (before.get().hash().equals(hash)) {
            keep(before.get(), entity, Action.METADATA_UPDATED);
            return;
        }
        catalog.unreadable().requireAllReadable("Changing the keys of entity " + entity.id());
        var users = Dependents.viewsOf(catalog, entity.name()).toList();
        users.forEach(user -> violations.add(locations.at(
                "keys",
                IN_USE,
                "The keys of entity '%s' can't change while %s uses them; define a new entity, or retire that version"
                        .formatted(entity.name(), user),
                List.of())));
        var reasons = Compatibility.compare((EntityDefinition) before.get().definition(), entity)
                .reasons();
        add(entity, Action.NEW_VERSION, reasons, new Step.AddEntity(entity, hash));
    }

    private void planSource(SourceDefinition written, Locations locations) {
        var before = current(written);
        if (before.isEmpty()) {
            sources.put(written.name(), written);
            // it has no batches yet, but gets the gate that they will come through
            affectedSources.add(written.name());
            var step = new Step.AddSource(written, Meaning.hash(written), written.columns());
            add(written, Action.CREATED, List.of(), step);
            return;
        }
        var stored = (SourceDefinition) before.get().definition();
        var source = Compatibility.inLogOrder(stored, written);
        sources.put(source.name(), source);
        var change = Compatibility.compare(stored, source);
        if (change instanceof Change.Breaking(List<String> reasons)) {
            reasons.forEach(reason -> violations.add(locations.at(
                    "columns",
                    "source_changed",
                    reason + "; a source's columns are only added: add a new column, or define a new source",
                    List.of())));
            return;
        }
        if (change instanceof Change.Same) {
            boolean sameContract = SourceContract.of(source).equals(SourceContract.of(stored));
            keep(before.get(), source, sameContract ? Action.METADATA_UPDATED : Action.CONTRACT_UPDATED);
            return;
        }
        var added = source.columns().stream()
                .filter(column -> stored.column(column.name()).isEmpty())
                .toList();
        affectedSources.add(source.name());
        add(source, Action.NEW_VERSION, change.reasons(), new Step.AddSource(source, Meaning.hash(source), added));
    }

    private void planView(FeatureViewDefinition view, Locations locations) {
        var resolved = ViewResolver.resolve(
                view, this::entity, this::source, names(DefinitionKind.ENTITY), names(DefinitionKind.SOURCE));
        var problems = resolved.problems().stream()
                .filter(problem -> !comesFromBroken(view, problem))
                .toList();
        if (!resolved.problems().isEmpty()) {
            report(problems, locations);
            views.broken(view.name());
            return;
        }
        var live = catalog.liveVersions(view.name());
        var same = live.reversed().values().stream()
                .filter(version -> compare(version, view, resolved) instanceof Change.Same)
                .findFirst();
        if (same.isPresent()) {
            var stored = catalog.get(
                    DefinitionKind.FEATURE_VIEW, view.id(), same.get().version().version());
            var note = ViewNotes.ofKept(same.get(), catalog.currentView(view.name()), live);
            keep(stored, view, Action.METADATA_UPDATED, note);
            return;
        }
        addView(
                view,
                resolved,
                Meaning.hash(view, resolved, source(view.source()).orElseThrow()));
    }

    private void addView(FeatureViewDefinition view, ResolvedView resolved, String hash) {
        var before = catalog.currentView(view.name()).or(() -> newestLive(view));
        var change = before.map(version -> compare(version, view, resolved)).orElse(new Change.Compatible(List.of()));
        boolean breaking = change instanceof Change.Breaking;
        int version = catalog.nextVersion(DefinitionKind.FEATURE_VIEW, view.id());
        var registered = new RegisteredView(
                0,
                new ViewVersion(view.name(), version),
                VersionState.CANDIDATE,
                hash,
                ExpressionCompiler.EVALUATOR_VERSION,
                breaking,
                view.source(),
                resolved.keys(),
                resolved.features(),
                view.ttl(),
                view,
                now);
        views.add(registered);
        affectedSources.add(view.source());
        boolean exists = catalog.find(DefinitionKind.FEATURE_VIEW, view.id()).isPresent();
        changes.add(new Plan.Change(
                DefinitionKind.FEATURE_VIEW,
                view.id(),
                exists ? Action.NEW_VERSION : Action.CREATED,
                version,
                Optional.of(breaking ? Effect.BREAKING : Effect.COMPATIBLE),
                change.reasons(),
                Optional.of(VersionState.CANDIDATE),
                Optional.of(ViewNotes.ofAdded(registered)),
                new Step.AddView(view, hash, resolved)));
    }

    private static Change compare(RegisteredView before, FeatureViewDefinition view, ResolvedView resolved) {
        return Compatibility.compare(before, view, resolved, ExpressionCompiler.EVALUATOR_VERSION);
    }

    private Optional<RegisteredView> newestLive(FeatureViewDefinition view) {
        return catalog.liveVersions(view.name()).reversed().values().stream().findFirst();
    }

    private void planService(FeatureServiceDefinition service, Locations locations) {
        var builder = new SelectionBuilder(views);
        for (int i = 0; i < service.features().size(); i++) {
            HeavyWork.goOn();
            var item = service.features().get(i);
            if (!views.isBroken(item.view())
                    && !bundle.isBroken(DefinitionKind.FEATURE_VIEW, item.view().value())) {
                builder.add("features[" + i + "]", item);
            }
        }
        report(builder.problems(), locations);
        if (!builder.problems().isEmpty() || !violations.isEmpty()) {
            return;
        }
        int version = catalog.nextVersion(DefinitionKind.FEATURE_SERVICE, service.id());
        var selection = builder.build(
                Optional.of(new ServiceVersion(new FeatureServiceName(service.id()), version)), service.training());
        var before = catalog.find(DefinitionKind.FEATURE_SERVICE, service.id())
                .flatMap(stored -> stored.live().findFirst());
        String hash = Meaning.hash(selection);
        if (before.isPresent() && before.get().hash().equals(hash)) {
            keep(before.get(), service, Action.METADATA_UPDATED);
            return;
        }
        addService(service, new Step.AddService(service, hash, selection), before, version);
    }

    private void addService(
            FeatureServiceDefinition service, Step.AddService step, Optional<StoredVersion> before, int version) {
        var change = before.flatMap(stored -> stored.resolution() instanceof Resolution.Service(FeatureSelection old)
                        ? Optional.of(Compatibility.compare(old, step.selection()))
                        : Optional.<Change>empty())
                .orElse(new Change.Compatible(List.of()));
        var waiting = step.selection().views().stream()
                .filter(view -> view.view().state() != VersionState.READY)
                .map(view -> view.view().version().toString())
                .distinct()
                .toList();
        boolean exists =
                catalog.find(DefinitionKind.FEATURE_SERVICE, service.id()).isPresent();
        changes.add(new Plan.Change(
                DefinitionKind.FEATURE_SERVICE,
                service.id(),
                exists ? Action.NEW_VERSION : Action.CREATED,
                version,
                Optional.of(change instanceof Change.Breaking ? Effect.BREAKING : Effect.COMPATIBLE),
                change.reasons(),
                Optional.of(waiting.isEmpty() ? VersionState.READY : VersionState.CANDIDATE),
                waiting.isEmpty()
                        ? Optional.empty()
                        : Optional.of("ready when %s is".formatted(String.join(", ", waiting))),
                step));
    }

    private Map<DefinitionKind, Set<String>> unnamed() {
        var unnamed = new EnumMap<DefinitionKind, Set<String>>(DefinitionKind.class);
        for (var kind : DefinitionKind.values()) {
            var names = new HashSet<>(catalog.all(kind).keySet());
            bundle.definitions().stream()
                    .filter(parsed -> parsed.definition().kind() == kind)
                    .forEach(parsed -> names.remove(parsed.definition().id()));
            names.removeIf(name -> bundle.isBroken(kind, name));
            unnamed.put(kind, names);
        }
        return unnamed;
    }

    private void delete(Map<DefinitionKind, Set<String>> doomed) {
        for (var kind : List.of(DefinitionKind.values()).reversed()) {
            for (String name : new TreeSet<>(doomed.getOrDefault(kind, Set.of()))) {
                Dependents.of(catalog, bundle, kind, name, doomed)
                        .forEach(dependent -> violations.add(Violation.of(
                                kind.yamlName() + "s." + name,
                                IN_USE,
                                "The %s '%s' can't be deleted: %s depends on it"
                                        .formatted(kind.label(), name, dependent))));
                deleted(kind, name);
            }
        }
    }

    private void deleted(DefinitionKind kind, String name) {
        var stored = catalog.get(kind, name);
        if (kind == DefinitionKind.SOURCE) {
            affectedSources.add(new SourceName(name));
        }
        stored.live().forEach(version -> {
            if (version.resolution() instanceof Resolution.View(RegisteredView view)) {
                affectedSources.add(view.source());
            }
        });
        changes.add(new Plan.Change(
                kind,
                name,
                Action.DELETED,
                stored.newest().version(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                new Step.Delete()));
    }

    private Optional<StoredVersion> current(Definition definition) {
        return catalog.find(definition.kind(), definition.id()).flatMap(StoredDefinition::current);
    }

    private void keep(StoredVersion stored, Definition written, Action ifOtherWords) {
        keep(stored, written, ifOtherWords, Optional.empty());
    }

    private void keep(StoredVersion stored, Definition written, Action ifOtherWords, Optional<String> note) {
        boolean same = stored.definition().equals(written);
        if (!same && written instanceof SourceDefinition source) {
            affectedSources.add(source.name());
        }
        changes.add(new Plan.Change(
                written.kind(),
                written.id(),
                same ? Action.UNCHANGED : ifOtherWords,
                stored.version(),
                Optional.empty(),
                List.of(),
                Optional.of(stored.shownState()),
                note,
                same ? new Step.Nothing() : new Step.Rewrite(stored.id(), written)));
    }

    private void add(Definition definition, Action action, List<String> reasons, Step step) {
        changes.add(new Plan.Change(
                definition.kind(),
                definition.id(),
                action,
                catalog.nextVersion(definition.kind(), definition.id()),
                Optional.of(Effect.COMPATIBLE),
                reasons,
                Optional.of(VersionState.READY),
                Optional.empty(),
                step));
    }

    private void report(List<Problem> problems, Locations locations) {
        problems.forEach(problem -> violations.add(
                problem.code(),
                () -> locations.at(problem.path(), problem.code(), problem.message(), problem.suggestions())));
    }

    private Optional<EntityDefinition> entity(EntityName name) {
        return Optional.ofNullable(entities.get(name)).or(() -> catalog.entity(name));
    }

    private Optional<SourceDefinition> source(SourceName name) {
        return Optional.ofNullable(sources.get(name))
                .or(() -> catalog.findSource(name).map(RegisteredSource::definition));
    }

    private Set<String> names(DefinitionKind kind) {
        var names = new TreeSet<>(catalog.all(kind).keySet());
        (kind == DefinitionKind.ENTITY ? entities.keySet().stream().map(EntityName::value) : sourceNames())
                .forEach(names::add);
        return names;
    }

    private Stream<String> sourceNames() {
        return sources.keySet().stream().map(SourceName::value);
    }

    /** An entity or source that could not be read is reported once, not by everything that refers to it. */
    private boolean comesFromBroken(FeatureViewDefinition view, Problem problem) {
        boolean brokenSource =
                bundle.isBroken(DefinitionKind.SOURCE, view.source().value());
        boolean brokenEntity = view.entities().stream()
                .anyMatch(entity ->
                        bundle.isBroken(DefinitionKind.ENTITY, entity.entity().value()));
        return brokenSource && problem.code().equals("unknown_source")
                || brokenEntity && problem.code().equals("unknown_entity");
    }
}
