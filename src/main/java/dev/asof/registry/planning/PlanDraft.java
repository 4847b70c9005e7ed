package dev.asof.registry.planning;

import dev.asof.registry.Definition;
import dev.asof.registry.DefinitionKind;
import dev.asof.registry.EntityDefinition;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.VersionState;
import dev.asof.registry.catalog.Catalog;
import dev.asof.registry.catalog.ParsedBundle;
import dev.asof.registry.catalog.ParsedDefinition;
import dev.asof.registry.catalog.ResolvedView.Problem;
import dev.asof.registry.catalog.StoredDefinition;
import dev.asof.registry.catalog.StoredVersion;
import dev.asof.registry.planning.Plan.Action;
import dev.asof.registry.planning.Plan.Effect;
import dev.asof.registry.planning.Plan.Step;
import dev.asof.shared.AsofException;
import dev.asof.shared.EntityName;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.SourceName;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/** A plan while it is made: what the planners of all kinds decide and find wrong, and what they see of each other. */
final class PlanDraft {

    /** The code of a violation by something else that needs what is to be changed. */
    static final String IN_USE = "in_use";

    private final Catalog catalog;
    private final ParsedBundle bundle;
    private final Violations violations = new Violations();
    private final List<Plan.Change> changes = new ArrayList<>();
    private final Set<SourceName> affectedSources = new TreeSet<>();
    private final Map<EntityName, EntityDefinition> entities = new HashMap<>();
    private final Map<SourceName, SourceDefinition> sources = new HashMap<>();
    private final Set<SourceName> rowIdDeclared = new TreeSet<>();
    private final PlannedViews views;

    PlanDraft(Catalog catalog, ParsedBundle bundle) {
        this.catalog = catalog;
        this.bundle = bundle;
        this.violations.addAll(bundle.violations());
        this.views = new PlannedViews(catalog);
    }

    Catalog catalog() {
        return catalog;
    }

    ParsedBundle bundle() {
        return bundle;
    }

    PlannedViews views() {
        return views;
    }

    /** From here on this is what the name means. */
    void define(EntityDefinition entity) {
        entities.put(entity.name(), entity);
    }

    /** From here on this is what the name means. */
    void define(SourceDefinition source) {
        sources.put(source.name(), source);
    }

    Optional<EntityDefinition> entity(EntityName name) {
        return Optional.ofNullable(entities.get(name)).or(() -> catalog.entity(name));
    }

    Optional<SourceDefinition> source(SourceName name) {
        return Optional.ofNullable(sources.get(name))
                .or(() -> catalog.findSource(name).map(RegisteredSource::definition));
    }

    Set<String> entityNames() {
        var names = new TreeSet<>(catalog.all(DefinitionKind.ENTITY).keySet());
        entities.keySet().forEach(name -> names.add(name.value()));
        return names;
    }

    Set<String> sourceNames() {
        var names = new TreeSet<>(catalog.all(DefinitionKind.SOURCE).keySet());
        sources.keySet().forEach(name -> names.add(name.value()));
        return names;
    }

    Optional<StoredVersion> current(Definition definition) {
        return catalog.find(definition.kind(), definition.id()).flatMap(StoredDefinition::current);
    }

    /** The version that the definition becomes if it is not the same as one there is. */
    int nextVersion(Definition definition) {
        return catalog.nextVersion(definition.kind(), definition.id());
    }

    /** Its batches must not run while the plan is executed. */
    void affect(SourceName source) {
        affectedSources.add(source);
    }

    /** From here on rows of the source may replace others, which aggregates go by. */
    void rowIdDeclared(SourceName source) {
        rowIdDeclared.add(source);
    }

    Set<SourceName> rowIdDeclared() {
        return rowIdDeclared;
    }

    boolean names(DefinitionKind kind, String name) {
        return bundle.isBroken(kind, name)
                || bundle.definitions().stream()
                        .map(ParsedDefinition::definition)
                        .anyMatch(definition ->
                                definition.kind() == kind && definition.id().equals(name));
    }

    /** For what is wrong with a view that the bundle doesn't name. */
    Violations.Part violationsOf(FeatureViewName view) {
        return violations.part("feature_views." + view);
    }

    static void report(List<Problem> problems, Violations.Part violations) {
        problems.forEach(
                problem -> violations.add(problem.path(), problem.code(), problem.message(), problem.suggestions()));
    }

    boolean hasViolations() {
        return !violations.isEmpty();
    }

    void report(Violation violation) {
        violations.add(violation);
    }

    /** For what is wrong with a definition of the bundle. */
    Violations.Part violationsOf(ParsedDefinition parsed) {
        return parsed.violations().in(violations);
    }

    /** The version there is has the meaning that is written, if perhaps in other words. */
    void keep(StoredVersion stored, Definition written, Action ifOtherWords, Optional<String> note) {
        boolean same = stored.definition().equals(written);
        if (!same && written instanceof SourceDefinition source) {
            affect(source.name());
        }
        add(new Plan.Change(
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

    /** A new version that replaces the one before at once. */
    void replace(Definition definition, Action action, List<String> reasons, Step step) {
        add(new Plan.Change(
                definition.kind(),
                definition.id(),
                action,
                nextVersion(definition),
                Optional.of(Effect.COMPATIBLE),
                reasons,
                Optional.of(VersionState.READY),
                Optional.empty(),
                step));
    }

    /** A new version that stands beside those before. */
    void addVersion(Definition definition, Change change, VersionState state, Optional<String> note, Step step) {
        boolean exists = catalog.find(definition.kind(), definition.id()).isPresent();
        add(new Plan.Change(
                definition.kind(),
                definition.id(),
                exists ? Action.NEW_VERSION : Action.CREATED,
                nextVersion(definition),
                Optional.of(change instanceof Change.Breaking ? Effect.BREAKING : Effect.COMPATIBLE),
                change.reasons(),
                Optional.of(state),
                note,
                step));
    }

    void add(Plan.Change change) {
        changes.add(change);
    }

    /** Says more of what is planned so far. */
    void amend(UnaryOperator<Plan.Change> amendment) {
        changes.replaceAll(amendment);
    }

    /** @throws AsofException with every violation there is */
    Plan finish() {
        if (hasViolations()) {
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
}
