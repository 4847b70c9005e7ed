package dev.asof.offline.schema;

import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.Timestamps;
import dev.asof.transform.window.TileLevel;
import dev.asof.transform.window.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a window function reads tiles for instead of rows: the stretches of time in which tiles can be relied on, that are before the
 * as-of time, after the key's cut, and earlier than all windows of aggregates that only rows answer. There each tile is taken that
 * neither begins nor ends within it any window, of the coarsest level possible; one that the reading admits in parts is left to finer
 * ones, and in the end to rows. Pure: text out, nothing run.
 */
final class TiledRows {

    /** No tile is after it. */
    private static final String LAST = instant(Timestamps.toMicros(Timestamps.MAX));

    private final RegisteredView view;
    private final ViewAggregates aggregates;
    private final WindowBounds bounds;
    private final Set<Integer> windows;

    /** The finest first. */
    private final List<TileLevel> levels;

    private TiledRows(RegisteredView view, ViewAggregates aggregates, WindowBounds bounds, Set<Integer> windows) {
        this.view = view;
        this.aggregates = aggregates;
        this.bounds = bounds;
        this.windows = windows;
        this.levels = TileStatements.levels(view);
    }

    /** Empty if no window of the view is better answered with tiles. */
    static Optional<TiledRows> of(RegisteredView view, ViewAggregates aggregates, WindowBounds bounds) {
        IntPredicate isTiled = window -> aggregates.windows().get(window).steps() == 1
                && aggregates.features().stream()
                        .filter(feature -> feature.window() == window)
                        .allMatch(feature -> StateSelect.canMerge(
                                aggregates.cells().get(feature.cell()).kind()));
        int all = aggregates.windows().size();
        var tiled = IntStream.range(0, all).filter(isTiled).boxed().collect(Collectors.toSet());
        long ofRows = IntStream.range(0, all)
                .filter(window -> !tiled.contains(window))
                .mapToLong(window -> reach(aggregates.windows().get(window)))
                .max()
                .orElse(0);
        boolean isWorthIt = TileStatements.hasTiles(view)
                && tiled.stream().anyMatch(window -> reach(aggregates.windows().get(window)) > ofRows);
        return isWorthIt ? Optional.of(new TiledRows(view, aggregates, bounds, tiled)) : Optional.empty();
    }

    private static long reach(Window window) {
        return window.isUnbounded() ? Window.UNBOUNDED : Math.addExact(window.length(), window.offset());
    }

    private static String instant(long micros) {
        return "timestamptz " + Sql.literal(Timestamps.format(Timestamps.ofMicros(micros)));
    }

    /** Whether the aggregates of a window are made from states. */
    boolean has(int window) {
        return windows.contains(window);
    }

    /** What a reading may see, by the parameters of a function. */
    record Reading(String known, String unseen) {

        private static final String BATCHES = "int8range(t.batch_min, t.batch_max, '[]')";

        /** That all rows of a tile {@code t} are admitted. */
        String isWhole() {
            return "(%1$s is null or t.known_max <= %1$s) and (%2$s is null or not %2$s && %3$s)"
                    .formatted(known, unseen, BATCHES);
        }

        /** That some are, and some are not. */
        String isParted() {
            return "(t.known_max > %1$s or %2$s && %3$s) and not coalesce(t.known_min > %1$s or %2$s @> %3$s, false)"
                    .formatted(known, unseen, BATCHES);
        }
    }

    /**
     * What has to be joined before rows: which stretches of time each level covers, and which are left to rows.
     *
     * @param from the least event timestamp that can count
     */
    String stretches(UnaryOperator<String> keysMatch, Reading reading, String from) {
        var text = new StringBuilder();
        text.append(tiled());
        text.append("cross join lateral (select %s offset 0) a\n"
                .formatted(levels.stream()
                        .map(level -> whole(level) + " as " + name("level", level))
                        .collect(Collectors.joining(",\n"))));
        for (int i = levels.size() - 1; i >= 0; i--) {
            text.append(covered(i, keysMatch, reading));
        }
        TileLevel finest = levels.getFirst();
        text.append("""
            cross join lateral (
                select tstzmultirange(tstzrange(%s, null)) - a.%s + %s.parted as stretches
                offset 0) raw
            """.formatted(from, name("level", finest), name("k", finest)));
        return text.toString();
    }

    private String tiled() {
        var until = new ArrayList<>(List.of("b.at"));
        for (int window = 0; window < aggregates.windows().size(); window++) {
            if (!has(window)) {
                until.add("b.from_" + window);
            }
        }
        String from = view.rowId().isEmpty()
                ? "greatest(%s, cut.event_timestamp + interval '1 microsecond')".formatted(bounds.earliest())
                : bounds.earliest();
        return """
            cross join lateral (
                select case when x.lower < x.upper
                            then tstzmultirange(tstzrange(x.lower, x.upper)) * (select readable from %s) end as stretches
                from (select %s as lower, least(%s) as upper) x
                offset 0) tiled
            """.formatted(TileStatements.readable(view), from, Sql.commaSeparated(until));
    }

    private static String name(String prefix, TileLevel level) {
        return prefix + "_" + level.ordinal();
    }

    /** The tiles of a level that stand in the stretches, but those that windows divide. */
    private String whole(TileLevel level) {
        var divided = new ArrayList<String>();
        for (int window : windows) {
            var one = aggregates.windows().get(window);
            if (one.hop() % level.micros() != 0) {
                if (!one.isUnbounded()) {
                    divided.add(around(level, "b.from_" + window));
                }
                if (!one.hasHead()) {
                    divided.add(around(level, "b.until_" + window));
                }
            }
        }
        String all = TileStatements.within(level, "tiled.stretches");
        return divided.isEmpty() ? all : "%s - tstzmultirange(%s)".formatted(all, Sql.commaSeparated(divided));
    }

    /** The tile that a time divides, as a range; an empty one if tiles meet there. */
    private static String around(TileLevel level, String time) {
        String bounded = "least(%s, %s)".formatted(time, LAST);
        return "tstzrange(%s, %s)"
                .formatted(TileStatements.floor(level, bounded), TileStatements.ceiling(level, bounded));
    }

    /** What a level covers that coarser ones don't, and what of it is left to finer ones. */
    private String covered(int position, UnaryOperator<String> keysMatch, Reading reading) {
        TileLevel level = levels.get(position);
        String rest = "";
        if (position + 1 < levels.size()) {
            TileLevel coarser = levels.get(position + 1);
            rest = " - a.%s + %s.parted".formatted(name("level", coarser), name("k", coarser));
        }
        return """
            cross join lateral (
                select k.covered, case when %s is null and %s is null then '{}'::tstzmultirange else coalesce((
                    select range_agg(tstzrange(p.start, p.start + %s))
                    from (select unnest(k.covered) as s offset 0) y
                    cross join lateral (
                        select t.start from %s t
                        where %st.level = %s and t.start >= lower(y.s) and t.start < upper(y.s) and %s
                        offset 0) p), '{}') end as parted
                from (select a.%s%s as covered offset 0) k
                offset 0) %s
            """.formatted(
                        reading.known(),
                        reading.unseen(),
                        WindowBounds.interval(level.micros()),
                        TileStatements.view(view),
                        keysMatch.apply("t"),
                        level.ordinal(),
                        reading.isParted(),
                        name("level", level),
                        rest,
                        name("k", level));
    }

    /**
     * Tiles and the rows between them, as rows {@code h}: their timestamps (of tiles the greatest), their inputs (of tiles null) and the
     * columns of the cells' states.
     *
     * @param counts the condition on a row {@code h} besides its key and the stretch that it is in
     */
    String rows(UnaryOperator<String> keysMatch, Reading reading, String counts) {
        var ofTiles = new ArrayList<String>();
        var ofRows = new ArrayList<String>();
        for (int cell : cells()) {
            ofTiles.addAll(StateSelect.ofTile(aggregates.cells().get(cell).kind(), cell));
            ofRows.addAll(StateSelect.ofRow(aggregates, cell));
        }
        return """
            select t.last_event as event_timestamp, null::bigint as row_sequence, t.last_known as known_timestamp%s%s
            from (%s) y
            cross join lateral (
                select * from %s t
                where %st.level = y.level and t.start >= lower(y.s) and t.start < upper(y.s)
                  and t.last_event is not null and %s
                offset 0) t
            union all
            select h.event_timestamp, h.row_sequence, h.known_timestamp%s%s
            from (select unnest(raw.stretches) as s offset 0) y
            cross join lateral (
                select * from %s h
                where %sh.event_timestamp >= lower(y.s) and h.event_timestamp < coalesce(upper(y.s), 'infinity')
                  and %s
                offset 0) h
            """.formatted(
                        StateSelect.noInputs(aggregates),
                        after(ofTiles),
                        levels.stream()
                                .map(level -> "select %s as level, unnest(%s.covered) as s"
                                        .formatted(level.ordinal(), name("k", level)))
                                .collect(Collectors.joining(" union all ")),
                        TileStatements.view(view),
                        keysMatch.apply("t"),
                        reading.isWhole(),
                        IntStream.range(0, aggregates.inputs().size())
                                .mapToObj(input -> ", h." + OfflineNames.input(input))
                                .collect(Collectors.joining()),
                        after(ofRows),
                        OfflineNames.keptView(view),
                        keysMatch.apply("h"),
                        counts);
    }

    private static String after(List<String> columns) {
        return columns.stream().map(column -> ", " + column).collect(Collectors.joining());
    }

    /** Those that are answered in windows that are made from states. */
    private List<Integer> cells() {
        return aggregates.features().stream()
                .filter(feature -> has(feature.window()))
                .map(ViewAggregates.WindowedFeature::cell)
                .distinct()
                .toList();
    }
}
