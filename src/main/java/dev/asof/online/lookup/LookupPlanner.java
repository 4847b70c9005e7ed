package dev.asof.online.lookup;

import dev.asof.online.LookupRequest;
import dev.asof.online.row.RowAddress;
import dev.asof.registry.FeatureSelection;
import dev.asof.shared.EntityKey;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Suggestions;
import dev.asof.shared.ValueConversionException;
import dev.asof.shared.ValueConverter;
import dev.asof.shared.ValueType;
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

    private static final @Nullable Object[][] NONE_SENT = new @Nullable Object[0][];

    private final LookupTemplate template;
    private final Map<String, @Nullable Object> common;
    private final List<Map<String, @Nullable Object>> rows;
    private final boolean hasCommon;
    private final boolean implicitRow;
    private final Once once;
    private final Map<RowAddress, Integer> positions;
    private final List<RowAddress> reads;
    private final int[] viewOfRead;
    private final Violations problems = new Violations();

    private LookupPlanner(LookupTemplate template, LookupRequest request) {
        this.template = template;
        this.hasCommon = request.common().isPresent();
        this.common = request.common().orElse(Map.of());
        this.once = hasCommon ? template.once(common.keySet()) : template.nothingOnce();
        boolean allOnce = hasCommon && common.keySet().containsAll(template.names());
        this.implicitRow = request.entities().isEmpty() && !allOnce;
        this.rows = implicitRow ? List.of(Map.of()) : request.entities().orElse(List.of());
        int expected = (rows.size() + 1) * views().size();
        this.positions = HashMap.newHashMap(expected);
        this.reads = new ArrayList<>(expected);
        this.viewOfRead = new int[expected];
    }

    /** @throws dev.asof.shared.AsofException MALFORMED_REQUEST, MISSING_KEY or INVALID, with every violation */
    static LookupPlan plan(LookupTemplate template, LookupRequest request) {
        return new LookupPlanner(template, request).plan();
    }

    private LookupPlan plan() {
        var shared = new @Nullable
                Object[template.keyColumns().size() + template.requestValues().size()];
        Arrays.fill(shared, ABSENT);
        checkNames(common, COMMON);
        bind(common, COMMON, shared);
        var answeredOnce = hasCommon
                ? Optional.of(block(true, new int[][] {readsByView(shared, COMMON, true)}, sent(shared)))
                : Optional.<LookupPlan.Block>empty();
        int[][] rowReads = new int[rows.size()][];
        var sent = template.onDemand().isEmpty() ? NONE_SENT : new @Nullable Object[rows.size()][];
        for (int i = 0; i < rowReads.length; i++) {
            var bound = bound(rows.get(i), i, shared);
            rowReads[i] = readsByView(bound, implicitRow ? IMPLICIT_ROW : i, false);
            if (sent.length > 0) {
                sent[i] = valuesOf(bound);
            }
        }
        problems.throwIfAny(PackedLookups::codeOf);
        return new LookupPlan(template, reads, viewOfRead, once, answeredOnce, block(false, rowReads, sent));
    }

    private LookupPlan.Block block(boolean once, int[][] readsByView, @Nullable Object[][] sent) {
        return new LookupPlan.Block(template.columns(once, this.once), readsByView, sent);
    }

    private @Nullable Object[][] sent(@Nullable Object[] bound) {
        return template.onDemand().isEmpty() ? NONE_SENT : new @Nullable Object[][] {valuesOf(bound)};
    }

    /** What stands behind the keys. */
    private @Nullable Object[] valuesOf(@Nullable Object[] bound) {
        return Arrays.copyOfRange(bound, template.keyColumns().size(), bound.length);
    }

    private List<FeatureSelection.View> views() {
        return template.selection().views();
    }

    private @Nullable Object[] bound(Map<String, @Nullable Object> row, int number, @Nullable Object[] shared) {
        int place = implicitRow ? IMPLICIT_ROW : number;
        checkNames(row, place);
        var bound = shared.clone();
        bind(row, place, bound);
        for (int i = 0; i < bound.length; i++) {
            if (bound[i] == ABSENT) {
                problems.add(missing(i, place));
            }
        }
        return bound;
    }

    private void checkNames(Map<String, @Nullable Object> row, int place) {
        for (String name : row.keySet()) {
            if (!template.names().contains(name)) {
                problems.add(Violation.of(
                        at(place, name), "unknown_column", unknown(name), Suggestions.nearest(name, template.names())));
            } else if (place != COMMON && common.containsKey(name)) {
                problems.add(Violation.of(
                        at(place, name),
                        PackedLookups.ALSO_IN_COMMON,
                        "'%s' stands in common and in the row; send it in one place".formatted(name)));
            }
        }
    }

    private String unknown(String name) {
        String what = template.requestValues().isEmpty() ? "join key" : "join key or request value";
        return "No feature asked for has a %s '%s'; leave it out".formatted(what, name);
    }

    private void bind(Map<String, @Nullable Object> row, int place, @Nullable Object[] bound) {
        int keys = template.keyColumns().size();
        for (int i = 0; i < keys; i++) {
            var column = template.keyColumns().get(i);
            bind(row, place, column.name(), column.type(), bound, i);
        }
        for (int i = keys; i < bound.length; i++) {
            var value = template.requestValues().get(i - keys);
            bind(row, place, value.name(), value.type(), bound, i);
        }
    }

    private void bind(
            Map<String, @Nullable Object> row,
            int place,
            String name,
            ValueType type,
            @Nullable Object[] bound,
            int position) {
        Object raw = row.getOrDefault(name, ABSENT);
        if (raw != ABSENT) {
            bound[position] = raw == null ? null : converted(raw, name, type, place);
        }
    }

    private @Nullable Object converted(Object raw, String name, ValueType type, int place) {
        try {
            return ValueConverter.convert(raw, type, ValueConverter.Options.STRICT);
        } catch (ValueConversionException e) {
            String explanation = e.rule().equals(ValueConversionException.NON_FINITE)
                    ? "%s expected, and NaN and infinities are none; send null where there is no value".formatted(type)
                    : e.explanation();
            problems.add(Violation.of(at(place, name), e.rule(), "%s: %s".formatted(name, explanation)));
            return null;
        }
    }

    private int[] readsByView(@Nullable Object[] bound, int place, boolean once) {
        int[] readsByView = new int[views().size()];
        for (int view = 0; view < readsByView.length; view++) {
            readsByView[view] = this.once.views()[view] == once && template.isRead(view)
                    ? read(view, bound, place)
                    : LookupPlan.NO_READ;
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

    private Violation missing(int position, int place) {
        int keys = template.keyColumns().size();
        if (position < keys) {
            var column = template.keyColumns().get(position);
            return missing(ErrorCode.MISSING_KEY, "join key", column.name(), column.type(), place);
        }
        var value = template.requestValues().get(position - keys);
        return missing(ErrorCode.MISSING_REQUEST_VALUE, "request value", value.name(), value.type(), place);
    }

    private static Violation missing(ErrorCode code, String what, String name, ValueType type, int place) {
        return Violation.of(
                at(place, name),
                code.code(),
                "The %s '%s' (%s) is missing; send null where there is none".formatted(what, name, type));
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
