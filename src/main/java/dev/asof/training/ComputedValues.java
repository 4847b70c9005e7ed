package dev.asof.training;

import dev.asof.formats.RowSize;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureSelection.OnDemand;
import dev.asof.registry.FeatureSelection.Origin;
import dev.asof.registry.OnDemandViewDefinition.RequestValue;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.HeavyWork;
import dev.asof.transform.CompiledExpression;
import dev.asof.transform.EvaluationException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Computes a selection's on-demand features for one row after the other (rule C1): by the programs of lookups, over stored
 * values, what the spine's row has for the request's values, and its as-of time. Used by one thread.
 */
final class ComputedValues {

    private static final int NOT_READ = -1;

    /** Of a row's values, as for a lookup: each may be a text of a million characters. */
    private static final long MOST_BYTES = 32L << 20;

    private static final Comparator<Origin.Computed> BY_FEATURE = Comparator.comparingInt(Origin.Computed::feature);

    private final List<View> views = new ArrayList<>();
    private final Map<Origin.Computed, Integer> places;
    private final @Nullable Object[] values;
    private final long[] failures;

    /** One view's features that are wanted, and the row that they are computed over. */
    @SuppressWarnings("ArrayRecordComponent")
    private record View(
            @Nullable Object[] row, int[] inputs, int[] fromSpine, List<CompiledExpression> programs, int first) {}

    /**
     * @param stored where the value of each stored column is, among those that {@link #compute} is given
     * @param spineColumns in which are the request's values
     */
    ComputedValues(
            FeatureSelection selection,
            Map<Origin.OfView, Integer> stored,
            List<String> spineColumns,
            String asOfColumn) {
        var wanted = wanted(selection);
        this.places = new HashMap<>();
        for (int i = 0; i < selection.onDemand().size(); i++) {
            int of = i;
            var features = wanted.stream()
                    .filter(each -> each.onDemand() == of)
                    .sorted(BY_FEATURE)
                    .toList();
            if (features.isEmpty()) {
                continue;
            }
            var selected = selection.onDemand().get(i);
            views.add(new View(
                    new @Nullable Object[selected.view().rowLength()],
                    inputs(selected, stored),
                    fromSpine(selected, spineColumns, asOfColumn),
                    features.stream()
                            .map(each -> selected.view()
                                    .features()
                                    .get(each.feature())
                                    .program())
                            .toList(),
                    places.size()));
            features.forEach(each -> places.put(each, places.size()));
        }
        this.values = new @Nullable Object[places.size()];
        this.failures = new long[values.length];
    }

    /** What the columns are, and what these are computed from. */
    static Set<Origin.Computed> wanted(FeatureSelection selection) {
        var wanted = new LinkedHashSet<Origin.Computed>();
        selection.columns().forEach(column -> addComputed(column.origin(), selection, wanted));
        return wanted;
    }

    private static void addComputed(Origin origin, FeatureSelection selection, Set<Origin.Computed> wanted) {
        switch (origin) {
            case Origin.OfView _ -> {}
            case Origin.Computed computed -> {
                if (wanted.add(computed)) {
                    var selected = selection.onDemand().get(computed.onDemand());
                    for (int input :
                            selected.view().features().get(computed.feature()).reads()) {
                        addComputed(selected.inputs().get(input), selection, wanted);
                    }
                }
            }
        }
    }

    /** Where each input's value is: a place among the stored, or after these among what was computed before. */
    private int[] inputs(OnDemand selected, Map<Origin.OfView, Integer> stored) {
        return selected.inputs().stream()
                .mapToInt(origin -> switch (origin) {
                    case Origin.OfView from -> stored.getOrDefault(from, NOT_READ);
                    case Origin.Computed computed ->
                        places.containsKey(computed) ? stored.size() + places.get(computed) : NOT_READ;
                })
                .toArray();
    }

    private static int[] fromSpine(OnDemand selected, List<String> spineColumns, String asOfColumn) {
        var names = new ArrayList<>(
                selected.view().request().stream().map(RequestValue::name).toList());
        names.add(asOfColumn);
        return names.stream().mapToInt(spineColumns::indexOf).toArray();
    }

    /** Where {@link #value} has a column's. */
    int place(Origin.Computed column) {
        return Objects.requireNonNull(places.get(column));
    }

    /**
     * Computes a row's values.
     *
     * @param stored the row's stored values
     * @param spine the row's values of the spine's columns; more may follow
     * @throws AsofException PAYLOAD_TOO_LARGE when they are more than a row may have
     * @throws java.util.concurrent.CancellationException when the work under way has to end
     */
    void compute(@Nullable Object[] stored, @Nullable Object[] spine) {
        long bytes = 0;
        for (View view : views) {
            var row = view.row();
            for (int i = 0; i < view.inputs().length; i++) {
                int from = view.inputs()[i];
                row[i] = from == NOT_READ ? null : from < stored.length ? stored[from] : values[from - stored.length];
            }
            for (int i = 0; i < view.fromSpine().length; i++) {
                row[view.inputs().length + i] = spine[view.fromSpine()[i]];
            }
            for (int i = 0; i < view.programs().size(); i++) {
                HeavyWork.goOn();
                Object value = value(view.programs().get(i), row, view.first() + i);
                values[view.first() + i] = value;
                bytes += RowSize.of(value);
                if (bytes > MOST_BYTES) {
                    throw tooLarge();
                }
            }
        }
    }

    private static AsofException tooLarge() {
        return new AsofException(
                ErrorCode.PAYLOAD_TOO_LARGE,
                "The on-demand features of a row come to more than %s MiB: ask for fewer of them at once"
                        .formatted(MOST_BYTES >> 20));
    }

    /** Rule C2: what fails is null. */
    private @Nullable Object value(CompiledExpression program, @Nullable Object[] row, int place) {
        try {
            return program.evaluate(row);
        } catch (EvaluationException e) {
            failures[place]++;
            return null;
        }
    }

    @Nullable
    Object value(int place) {
        return values[place];
    }

    /** How often a feature failed in all rows so far. */
    long failures(Origin.Computed feature) {
        return failures[place(feature)];
    }
}
