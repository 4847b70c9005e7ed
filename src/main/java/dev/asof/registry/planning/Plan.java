package dev.asof.registry.planning;

import dev.asof.registry.Definition;
import dev.asof.registry.DefinitionKind;
import dev.asof.registry.EntityDefinition;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureServiceDefinition;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.SourceColumn;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.VersionState;
import dev.asof.registry.catalog.ResolvedView;
import dev.asof.shared.SourceName;
import dev.asof.shared.Violations;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What applying a bundle does, in the order in which it is done.
 *
 * @param affectedSources those whose batches must not run meanwhile
 */
public record Plan(List<Change> changes, Set<SourceName> affectedSources) {

    private static final int MOST_SHOWN = 1_000;
    private static final int MOST_REASONS = 10_000;

    /** What happens to one definition, as people see it. */
    public enum Action {
        CREATED,
        UNCHANGED,
        METADATA_UPDATED,
        CONTRACT_UPDATED,
        NEW_VERSION,
        DELETED;

        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }

        private String counted(long count) {
            return count + " " + label() + (this == NEW_VERSION && count > 1 ? "s" : "");
        }
    }

    /** Whether a new version can take the place of the one before by itself. */
    public enum Effect {
        COMPATIBLE,
        BREAKING
    }

    /** What is to be written. */
    public sealed interface Step {

        record Nothing() implements Step {}

        /** The same meaning in other words. */
        record Rewrite(long versionId, Definition definition) implements Step {}

        /** A version of an entity. */
        record AddEntity(EntityDefinition definition, String hash) implements Step {}

        /** @param added the columns the log lacks; all of them when the source is new */
        record AddSource(SourceDefinition definition, String hash, List<SourceColumn> added) implements Step {
            public AddSource {
                added = List.copyOf(added);
            }
        }

        record AddView(FeatureViewDefinition definition, String hash, ResolvedView resolved) implements Step {}

        /** @param state whether all that it reads is ready */
        record AddOnDemandView(
                OnDemandViewDefinition definition,
                String hash,
                List<RegisteredOnDemandView.Input> inputs,
                List<RegisteredOnDemandView.Feature> features,
                VersionState state)
                implements Step {}

        record AddService(FeatureServiceDefinition definition, String hash, FeatureSelection selection)
                implements Step {}

        record Delete() implements Step {}
    }

    /**
     * One definition's change.
     *
     * @param version the version that has the definition's meaning afterwards; for a deletion the newest there was
     * @param effect of a new version; empty when there is none
     * @param reasons what changes for readers, one sentence each
     * @param state of that version afterwards; empty for a deletion
     * @param note what else to know or do; empty when nothing
     */
    public record Change(
            DefinitionKind kind,
            String name,
            Action action,
            int version,
            Optional<Effect> effect,
            List<String> reasons,
            Optional<VersionState> state,
            Optional<String> note,
            Step step) {
        public Change {
            reasons = first(reasons);
        }

        Change withNote(String more) {
            String all = note.map(said -> said + "; " + more).orElse(more);
            return new Change(kind, name, action, version, effect, reasons, state, Optional.of(all), step);
        }

        /** @param most may be less than none, when changes before this one had more to say */
        private Change withReasons(int most) {
            int left = Math.max(0, most);
            if (reasons.size() <= left) {
                return this;
            }
            // the last place is for the words that there are more
            var some = Stream.concat(reasons.stream().limit(Math.max(0, left - 1)), Stream.of("and more"))
                    .toList();
            return new Change(kind, name, action, version, effect, some, state, note, step);
        }
    }

    /** A plan of many wide views would else say much more than it was given. */
    private static List<String> first(List<String> reasons) {
        if (reasons.size() <= Violations.SHOWN) {
            return List.copyOf(reasons);
        }
        var shown = new ArrayList<>(reasons.subList(0, Violations.SHOWN));
        shown.add("and %s more".formatted(reasons.size() - Violations.SHOWN));
        return List.copyOf(shown);
    }

    public Plan {
        changes = List.copyOf(changes);
        affectedSources = Set.copyOf(affectedSources);
    }

    /**
     * The changes that an answer has place for, and no more of their reasons. Of too many, those that change something
     * come first.
     */
    public List<Change> shown() {
        if (changes.size() <= MOST_SHOWN
                && changes.stream().mapToInt(change -> change.reasons().size()).sum() <= MOST_REASONS) {
            return changes;
        }
        var shown = new ArrayList<Change>();
        int reasons = 0;
        for (Change change : changes.size() <= MOST_SHOWN
                ? changes
                : changing().limit(MOST_SHOWN).toList()) {
            var fitting = change.withReasons(MOST_REASONS - reasons);
            reasons += fitting.reasons().size();
            shown.add(fitting);
        }
        return shown;
    }

    private Stream<Change> changing() {
        return changes.stream().filter(change -> change.action() != Action.UNCHANGED);
    }

    boolean changesNothing() {
        return changes.stream().allMatch(change -> change.step() instanceof Step.Nothing);
    }

    /** Such as {@code 1 created, 2 unchanged}. */
    public String summary() {
        var counts = new EnumMap<Action, Long>(
                changes.stream().collect(Collectors.groupingBy(Change::action, Collectors.counting())));
        return counts.isEmpty()
                ? "nothing to do"
                : counts.entrySet().stream()
                        .map(entry -> entry.getKey().counted(entry.getValue()))
                        .collect(Collectors.joining(", "));
    }
}
