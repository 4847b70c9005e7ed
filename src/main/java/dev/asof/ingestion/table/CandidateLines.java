package dev.asof.ingestion.table;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;

/** The rows that a read may have to take, as NDJSON, fetched a page at a time; and which row each line was. */
final class CandidateLines extends InputStream {

    private static final int PAGE_ROWS = 5_000;
    private static final int PAGE_BYTES = 4 * 1024 * 1024;

    private final TableRows rows;
    private final ReadWatch watch;
    private final Queue<TableRows.Candidate> begun = new ArrayDeque<>();
    private byte[] page = {};
    private int at;
    private long after;

    CandidateLines(TableRows rows, ReadWatch watch) {
        this.rows = rows;
        this.watch = watch;
    }

    /** The row of the line that was read next. */
    TableRows.Candidate next() {
        return Objects.requireNonNull(begun.poll());
    }

    private boolean fetch() {
        watch.check();
        List<TableRows.Candidate> candidates = rows.candidates(after, PAGE_ROWS, PAGE_BYTES);
        if (candidates.isEmpty()) {
            return false;
        }
        var lines = new StringBuilder();
        for (var candidate : candidates) {
            lines.append(candidate.raw()).append('\n');
        }
        begun.addAll(candidates);
        page = lines.toString().getBytes(StandardCharsets.UTF_8);
        at = 0;
        after = candidates.getLast().place();
        return true;
    }

    @Override
    public int read() {
        return at < page.length || fetch() ? page[at++] & 0xFF : -1;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
        if (length == 0) {
            return 0;
        }
        if (at == page.length && !fetch()) {
            return -1;
        }
        int count = Math.min(length, page.length - at);
        System.arraycopy(page, at, buffer, offset, count);
        at += count;
        return count;
    }
}
