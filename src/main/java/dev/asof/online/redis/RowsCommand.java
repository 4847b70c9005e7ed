package dev.asof.online.redis;

import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.ValueListOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.util.List;

/** An {@code MGET} of some rows that stand one after the other in a lookup, of the process's mark, or of both. */
final class RowsCommand extends AsyncCommand<byte[], byte[], List<byte[]>> {

    private final int first;
    private final int rows;
    private final boolean marked;

    private RowsCommand(int first, int rows, boolean marked, CommandArgs<byte[], byte[]> keys) {
        super(new Command<>(CommandType.MGET, new ValueListOutput<>(ByteArrayCodec.INSTANCE), keys));
        this.first = first;
        this.rows = rows;
        this.marked = marked;
    }

    /** Of rows alone. */
    static RowsCommand of(List<byte[]> keys, int first, int until) {
        return new RowsCommand(first, until - first, false, args().addKeys(keys.subList(first, until)));
    }

    /** Of the mark and rows, none of them if the first is the last: what one command reads, it reads at one moment. */
    static RowsCommand marked(byte[] mark, List<byte[]> keys, int first, int until) {
        var args = args().addKey(mark).addKeys(keys.subList(first, until));
        return new RowsCommand(first, until - first, true, args);
    }

    private static CommandArgs<byte[], byte[]> args() {
        return new CommandArgs<>(ByteArrayCodec.INSTANCE);
    }

    /** Where the first of the rows stands. */
    int first() {
        return first;
    }

    int rows() {
        return rows;
    }

    /** Whether the mark comes before the rows. */
    boolean isMarked() {
        return marked;
    }
}
