package dev.asof.online.lookup;

import dev.asof.online.LookupRequest;
import dev.asof.online.row.RowAddress;
import dev.asof.registry.FeatureSelection;
import dev.asof.shared.EntityKey;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Suggestions;
import dev.asof.shared.ValueConversionException;
import dev.asof.shared.ValueConverter;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes the plan of one lookup: binds the keys of every row, and finds every problem there is with them. */
final class LookupPlanner {

    /** Marks a key that was not sent, as opposed to one sent as null. */
    private static final Object ABSENT = new Object();

    /** Where keys stand, in place of a row's number. */
    private static final int COMMON = -1;
    /** The one row of a request without entities, whose keys have no path. */
    private static final int IMPLICIT_ROW = -2;

    private final LookupTemplate template;
    private final Map<String, @Nullable Object> common;
    private final List<Map<String, @Nullable Object>> rows;
    private final boolean hasCommon;
    private final boolean implicitRow;
    private final boolean[] answeredOnce;
    private final Map<RowAddress, Integer> positions;
    private final List<RowAddress> reads;
    private final int[] viewOfRead;
    private final Violations problems = new Violations();

    private LookupPlanner(LookupTemplate template, LookupRequest request) {
        this.template = template;
        this.hasCommon = request.common().isPresent();
        this.common = request.common().orElse(Map.of());
        this.answeredOnce = new boolean[views().size()];
        boolean allOnce = hasCommon;
        for (int i = 0; hasCommon && i < answeredOnce.length; i++) {
            answeredOnce[i] = common.keySet().containsAll(views().get(i).keyColumns());
            allOnce &= answeredOnce[i];
        }
        this.implicitRow = request.entities().isEmpty() && !allOnce;
        this.rows = implicitRow ? List.of(Map.of()) : request.entities().orElse(List.of());
        int expected = (rows.size() + 1) * answeredOnce.length;
        this.positions = HashMap.newHashMap(expected);
        this.reads = new ArrayList<>(expected);
        this.viewOfRead = new int[expected];
    }

    /** @throws dev.asof.shared.AsofException MALFORMED_REQUEST, MISSING_KEY or INVALID, with every violation */
    static LookupPlan plan(LookupTemplate template, LookupRequest request) {
        return new LookupPlanner(template, request).plan();
    }

    private LookupPlan plan() {
        var shared = new @Nullable Object[template.keyColumns().size()];
        Arrays.fill(shared, ABSENT);
        checkNames(common, COMMON);
        bind(common, COMMON, shared);
        var once = hasCommon
                ? Optional.of(block(true, new int[][] {readsByView(shared, COMMON, true)}))
                : Optional.<LookupPlan.Block>empty();
        int[][] rowReads = new int[rows.size()][];
        for (int i = 0; i < rowReads.length; i++) {
            rowReads[i] = rowReads(rows.get(i), i, shared);
        }
        problems.throwIfAny(PackedLookups::codeOf);
        return new LookupPlan(template, reads, viewOfRead, once, block(false, rowReads));
    }

    private LookupPlan.Block block(boolean once, int[][] readsByView) {
        return new LookupPlan.Block(template.columns(once, answeredOnce), readsByView);
    }

    private List<FeatureSelection.View> views() {
        return template.selection().views();
    }

    private int[] rowReads(Map<String, @Nullable Object> row, int number, @Nullable Object[] shared) {
        int place = implicitRow ? IMPLICIT_ROW : number;
        checkNames(row, place);
        var bound = shared.clone();
        bind(row, place, bound);
        for (int i = 0; i < bound.length; i++) {
            if (bound[i] == ABSENT) {
                problems.add(missing(template.keyColumns().get(i), place));
            }
        }
        return readsByView(bound, place, false);
    }

    private void checkNames(Map<String, @Nullable Object> row, int place) {
        for (String name : row.keySet()) {
            if (!template.positionsByName().containsKey(name)) {
                problems.add(Violation.of(
                        at(place, name),
                        "unknown_column",
                        "No feature asked for has a join key '%s'; leave it out".formatted(name),
                        Suggestions.nearest(name, template.positionsByName().keySet())));
            } else if (place != COMMON && common.containsKey(name)) {
                problems.add(Violation.of(
                        at(place, name),
                        PackedLookups.ALSO_IN_COMMON,
                        "'%s' stands in common and in the row; send it in one place".formatted(name)));
            }
        }
    }

    private void bind(Map<String, @Nullable Object> row, int place, @Nullable Object[] bound) {
        for (int i = 0; i < bound.length; i++) {
            var column = template.keyColumns().get(i);
            Object raw = row.getOrDefault(column.name(), ABSENT);
            if (raw != ABSENT) {
                bound[i] = converted(raw, column, place);
            }
        }
    }

    private @Nullable Object converted(@Nullable Object raw, LookupTemplate.KeyColumn column, int place) {
        if (raw == null) {
            return null;
        }
        try {
            return ValueConverter.convert(raw, column.type(), ValueConverter.Options.STRICT);
        } catch (ValueConversionException e) {
            problems.add(Violation.of(
                    at(place, column.name()), e.rule(), "%s: %s".formatted(column.name(), e.explanation())));
            return null;
        }
    }

    private int[] readsByView(@Nullable Object[] bound, int place, boolean once) {
        int[] readsByView = new int[answeredOnce.length];
        for (int view = 0; view < readsByView.length; view++) {
            readsByView[view] = answeredOnce[view] == once ? read(view, bound, place) : LookupPlan.NO_READ;
        }
        return readsByView;
    }

    private int read(int viewIndex, @Nullable Object[] bound, int place) {
        int[] keyPositions = template.keyPositions(viewIndex);
        @Nullable Object[] values = new @Nullable Object[keyPositions.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = bound[keyPositions[i]];
            if (values[i] == ABSENT) {
                return LookupPlan.NO_READ;
            }
        }
        var key = EntityKey.of(Arrays.asList(values));
        if (key == null) {
            return LookupPlan.NO_READ;
        }
        if (key.isTooLong()) {
            problems.add(tooLong(viewIndex, place));
        }
        return position(new RowAddress(views().get(viewIndex).view(), key), viewIndex);
    }

    /** Of a read that is made once, however often it is asked for. */
    private int position(RowAddress address, int viewIndex) {
        int next = reads.size();
        Integer known = positions.putIfAbsent(address, next);
        if (known != null) {
            return known;
        }
        reads.add(address);
        viewOfRead[next] = viewIndex;
        return next;
    }

    private static Violation missing(LookupTemplate.KeyColumn column, int place) {
        return Violation.of(
                at(place, column.name()),
                ErrorCode.MISSING_KEY.code(),
                "The join key '%s' (%s) is missing; send null where there is none"
                        .formatted(column.name(), column.type()));
    }

    private Violation tooLong(int viewIndex, int place) {
        var names = views().get(viewIndex).keyColumns();
        return Violation.of(
                names.size() == 1 ? at(place, names.getFirst()) : path(place),
                "key_too_long",
                "The key (%s) is longer than %s bytes".formatted(String.join(", ", names), EntityKey.MAX_BYTES));
    }

    private static String at(int place, String name) {
        return place == IMPLICIT_ROW ? name : path(place) + "." + name;
    }

    private static String path(int place) {
        return switch (place) {
            case COMMON -> "common";
            case IMPLICIT_ROW -> "";
            default -> "entities[" + place + "]";
        };
    }
}
