package dev.asof.registry.planning;

import dev.asof.registry.SourceDefinition;
import dev.asof.registry.catalog.StoredVersion;
import dev.asof.registry.planning.Plan.Action;
import dev.asof.registry.planning.Plan.Step;
import dev.asof.shared.Violations;
import java.util.List;
import java.util.Optional;

/** Decides what a source changes: columns are added, and its contract may become another. */
final class SourcePlanner {

    private final PlanDraft draft;

    SourcePlanner(PlanDraft draft) {
        this.draft = draft;
    }

    void plan(SourceDefinition written, Violations.Part violations) {
        var before = draft.current(written);
        if (before.isPresent()) {
            change(before.get(), written, violations);
            return;
        }
        draft.define(written);
        // it has no batches yet, but gets the gate that they will come through
        draft.affect(written.name());
        var step = new Step.AddSource(written, Meaning.hash(written), written.columns());
        draft.replace(written, Action.CREATED, List.of(), step);
    }

    private void change(StoredVersion before, SourceDefinition written, Violations.Part violations) {
        var stored = (SourceDefinition) before.definition();
        var source = Compatibility.inLogOrder(stored, written);
        draft.define(source);
        switch (Compatibility.compare(stored, source)) {
            case Change.Breaking(List<String> reasons) ->
                reasons.forEach(reason -> violations.add(
                        "columns",
                        "source_changed",
                        reason + "; a source's columns are only added: add a new column, or define a new source"));
            case Change.Same _ -> {
                boolean sameContract = SourceContract.of(source).equals(SourceContract.of(stored));
                var ifOtherWords = sameContract ? Action.METADATA_UPDATED : Action.CONTRACT_UPDATED;
                draft.keep(before, source, ifOtherWords, Optional.empty());
            }
            case Change.Compatible(List<String> reasons) -> {
                var added = source.columns().stream()
                        .filter(column -> stored.column(column.name()).isEmpty())
                        .toList();
                draft.affect(source.name());
                if (!stored.rowId().equals(source.rowId())) {
                    draft.rowIdDeclared(source.name());
                }
                var step = new Step.AddSource(source, Meaning.hash(source), added);
                draft.replace(source, Action.NEW_VERSION, reasons, step);
            }
        }
    }
}
