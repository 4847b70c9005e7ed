package dev.asof.registry.planning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.planning.Plan.Action;
import dev.asof.registry.planning.Plan.Change;
import dev.asof.registry.planning.Plan.Effect;
import dev.asof.registry.planning.Plan.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What an answer shows of a plan. */
class PlanTest {

    @Test
    void aPlanThatFitsIsShownWhole() {
        var changes = List.of(change(3, Action.NEW_VERSION), change(0, Action.UNCHANGED));

        assertThat(new Plan(changes, Set.of()).shown()).isEqualTo(changes);
    }

    @Test
    void onlyChangesWithMoreToSayAreCut() {
        var changes = new ArrayList<Change>();
        for (int i = 0; i < 150; i++) {
            changes.add(change(93, Action.NEW_VERSION));
            changes.add(change(0, Action.CREATED));
        }

        var shown = new Plan(changes, Set.of()).shown();

        assertThat(shown).hasSameSizeAs(changes);
        for (int i = 0; i < shown.size(); i += 2) {
            assertThat(shown.get(i).reasons()).isNotEmpty();
            assertThat(shown.get(i + 1).reasons()).isEmpty();
        }
        assertThat(shown.getFirst()).isEqualTo(changes.getFirst());
        assertThat(shown.get(2 * 107).reasons()).hasSize(10_000 - 107 * 93).endsWith("and more");
        assertThat(shown.getLast().reasons()).isEmpty();
        assertThat(shown.get(shown.size() - 2).reasons()).containsExactly("and more");
    }

    @Test
    void whatIsLeftOutIsNotCountedTwice() {
        var changes = new ArrayList<Change>();
        for (int i = 0; i < 98; i++) {
            changes.add(change(150, Action.NEW_VERSION));
        }
        changes.add(change(2, Action.NEW_VERSION));
        changes.add(change(150, Action.NEW_VERSION));

        var shown = new Plan(changes, Set.of()).shown();

        assertThat(shown.getFirst().reasons()).hasSize(101).endsWith("and 50 more");
        assertThat(shown.getLast().reasons()).hasSize(100).endsWith("and more");
    }

    @Test
    void ofTooManyThoseThatChangeSomethingAreShown() {
        var changes = new ArrayList<Change>();
        for (int i = 0; i < 1_200; i++) {
            changes.add(change(0, i % 2 == 0 ? Action.UNCHANGED : Action.CREATED));
        }

        assertThat(new Plan(changes, Set.of()).shown())
                .hasSize(600)
                .allMatch(change ->
                        change.action() == Action.CREATED && change.reasons().isEmpty());
    }

    private static Change change(int reasons, Action action) {
        return new Change(
                DefinitionKind.FEATURE_VIEW,
                "orders",
                action,
                2,
                action == Action.NEW_VERSION ? Optional.of(Effect.BREAKING) : Optional.empty(),
                IntStream.range(0, reasons).mapToObj("reason %d"::formatted).toList(),
                Optional.empty(),
                Optional.empty(),
                new Step.Nothing());
    }
}
