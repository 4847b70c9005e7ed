package dev.asof.training.spine;

import dev.asof.formats.RowSize;
import dev.asof.shared.ProducerThread;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows that a thread of their own makes some ahead of whoever takes them. Used by one thread. */
public final class RowsAhead implements AutoCloseable {

    /** So many are handed from thread to thread at once. */
    private static final int AT_ONCE = 2_000;

    /** Of large rows fewer are: some of them are made, wait and are taken. */
    private static final long BYTES_AT_ONCE = 16L << 20;

    /** Makes rows, each an array of its own; null after the last. */
    @FunctionalInterface
    public interface Source {
        @Nullable
        Object @Nullable [] next() throws SQLException, IOException;
    }

    private final Source source;
    private final ProducerThread<List<@Nullable Object[]>, SQLException, IOException> ahead;
    private List<@Nullable Object[]> rows = List.of();
    private int taken;

    public RowsAhead(String threadName, Source source) {
        this.source = source;
        this.ahead = new ProducerThread<List<@Nullable Object[]>, SQLException, IOException>(threadName, this::some);
    }

    /** The next row; null after the last, however often it is asked for. */
    public @Nullable Object @Nullable [] next() throws SQLException, IOException {
        if (taken == rows.size()) {
            var some = ahead.take();
            rows = some == null ? List.of() : some;
            taken = 0;
        }
        return rows.isEmpty() ? null : rows.get(taken++);
    }

    private @Nullable List<@Nullable Object[]> some() throws SQLException, IOException {
        var some = new ArrayList<@Nullable Object[]>(AT_ONCE);
        for (long bytes = 0; some.size() < AT_ONCE && bytes < BYTES_AT_ONCE; ) {
            var row = source.next();
            if (row == null) {
                break;
            }
            some.add(row);
            bytes += RowSize.of(row);
        }
        return some.isEmpty() ? null : some;
    }

    /** Must be closed before what the rows are made from. */
    @Override
    public void close() {
        ahead.close();
    }
}
