package dev.asof.transform.window;

import dev.asof.transform.window.KeyTiles.Cell;
import dev.asof.transform.window.TileScheme.Closed;
import dev.asof.transform.window.TileScheme.Range;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What is kept of keys that are published at one instant. It doesn't change, and may be used for any number of keys. */
public final class TilePlan {

    private final List<Cell> cells;
    private final Closed closed;
    private final List<Range> kept;
    /** Of each cell's own windows; nothing for a cell of the key. */
    private final List<List<Range>> keptOfCell;

    private TilePlan(List<Cell> cells, Closed closed) {
        this.cells = List.copyOf(cells);
        this.closed = closed;
        this.kept = scheme(this.cells).kept(closed);
        this.keptOfCell = this.cells.stream()
                .map(cell -> cell.isOfTheKey()
                        ? List.<Range>of()
                        : TileScheme.of(cell.windows()).kept(closed))
                .toList();
    }

    /** @param closed its finest level is not coarser than {@link TileScheme#finest()} of the cells' windows */
    public static TilePlan of(List<Cell> cells, Closed closed) {
        return new TilePlan(cells, closed);
    }

    /** Which tiles the cells' windows need. */
    public static TileScheme scheme(List<Cell> cells) {
        return TileScheme.of(
                cells.stream().flatMap(cell -> cell.windows().stream()).toList());
    }

    /** A key without rows yet. */
    public KeyTilesBuilder newKey() {
        return new KeyTilesBuilder(this);
    }

    public List<Cell> cells() {
        return cells;
    }

    public Closed closed() {
        return closed;
    }

    /** The tiles that are kept, fine ones first; of a key without rows there, none are. */
    public List<Range> kept() {
        return kept;
    }

    /** From when on rows are needed, for tiles and for states of the key; {@link Window#ALWAYS} without a limit. */
    public long neededFrom() {
        return cells.stream()
                .flatMap(cell -> cell.windows().stream())
                .mapToLong(window -> window.from(closed.now() - TileScheme.CLOCKS_APART))
                .min()
                .orElse(Window.HEAD);
    }

    /**
     * Where tiles of a level stand for their rows, side by side, oldest first ({@link KeyTilesBuilder#add(KeyTiles.Tile)}): all their
     * rows are needed and over, and no finer tile is made of any.
     */
    public List<Range> taken(TileLevel level) {
        var taken = new ArrayList<Range>();
        long from = neededFrom();
        long next = from == Window.ALWAYS ? from : level.ceiling(from);
        var finer = kept.stream()
                .filter(range -> range.level().isFinerThan(level))
                .sorted(Comparator.comparingLong(Range::from))
                .toList();
        for (Range range : finer) {
            addTaken(level, next, Math.min(level.floor(range.from()), level.floor(closed.now())), taken);
            next = Math.max(next, range.until() == Window.HEAD ? Window.HEAD : level.ceiling(range.until()));
        }
        addTaken(level, next, level.floor(closed.now()), taken);
        return taken;
    }

    private static void addTaken(TileLevel level, long from, long until, List<Range> taken) {
        if (from < until) {
            taken.add(new Range(level, from, until));
        }
    }

    /** Whether a tile has a cell's state. */
    boolean isKept(int cell, TileLevel level, long start) {
        for (var range : keptOfCell.get(cell)) {
            if (range.level() == level && range.contains(start)) {
                return true;
            }
        }
        return false;
    }
}
