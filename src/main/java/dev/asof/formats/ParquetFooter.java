package dev.asof.formats;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.List;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.Util;

/**
 * Looks through a Parquet file's footer before the library does, which takes for granted that it is true: a wrong number
 * there can ask for any amount of memory, stack or time.
 */
final class ParquetFooter {

    private static final int TAIL = 8;
    private static final int MAX_BYTES = 64 << 20;
    private static final int MAX_DEPTH = 32;
    private static final byte[] MAGIC = {'P', 'A', 'R', '1'};

    private ParquetFooter() {}

    /**
     * Does nothing for a file that has no footer, which the library says better.
     *
     * @throws AsofException PAYLOAD_TOO_LARGE when there is more in the file than may be, MALFORMED_REQUEST when the
     *     footer contradicts itself or the file
     */
    static void check(Path file, FileLimits limits) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size < TAIL + MAGIC.length) {
                return;
            }
            var tail = read(channel, size - TAIL, TAIL);
            int length = tail.getInt(0);
            if (!ByteBuffer.wrap(MAGIC).equals(tail.slice(Integer.BYTES, MAGIC.length))) {
                return;
            }
            if (length < 1 || length > size - TAIL - MAGIC.length) {
                throw damaged("says that it is longer than the file");
            }
            if (length > MAX_BYTES) {
                throw new AsofException(
                        ErrorCode.PAYLOAD_TOO_LARGE,
                        "The footer of the Parquet file has more than %s MiB: write fewer columns or row groups"
                                .formatted(MAX_BYTES >> 20));
            }
            byte[] footer = read(channel, size - TAIL - length, length).array();
            if (!ThriftSizes.areTrue(footer)) {
                throw damaged("names sizes that it doesn't have");
            }
            check(Util.readFileMetaData(new ByteArrayInputStream(footer)), size, limits);
        }
    }

    private static ByteBuffer read(FileChannel channel, long position, int length) throws IOException {
        var buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) >= 0) {
            // until it is full
        }
        return buffer.flip();
    }

    private static void check(FileMetaData footer, long size, FileLimits limits) {
        checkSchema(footer.getSchema());
        long rows = 0;
        long bytes = 0;
        for (RowGroup group : footer.getRow_groups()) {
            if (group.getNum_rows() < 0) {
                throw damaged("counts rows below zero");
            }
            rows = sum(rows, group.getNum_rows());
            limits.checkRows(rows);
            bytes = sum(bytes, chunks(group, size));
        }
        if (bytes > size) {
            throw damaged("says that columns lie on one another");
        }
    }

    /** How many bytes of the file the columns of a row group take. */
    private static long chunks(RowGroup group, long size) {
        long bytes = 0;
        for (var chunk : group.getColumns()) {
            var column = chunk.getMeta_data();
            if (column == null) {
                continue;
            }
            long first = column.isSetDictionary_page_offset() && column.getDictionary_page_offset() > 0
                    ? Math.min(column.getDictionary_page_offset(), column.getData_page_offset())
                    : column.getData_page_offset();
            long length = column.getTotal_compressed_size();
            if (first < 0 || length < 0 || first > size || length > size - first) {
                throw damaged("says that a column lies outside of the file");
            }
            bytes = sum(bytes, length);
        }
        return bytes;
    }

    private static long sum(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }

    /** The schema is a tree, written down as a list; the library follows it by calling itself. */
    private static void checkSchema(List<SchemaElement> schema) {
        int leaves = 0;
        var open = new ArrayDeque<Integer>();
        for (var element : schema) {
            while (!open.isEmpty() && open.peek() == 0) {
                open.pop();
            }
            if (!open.isEmpty()) {
                open.push(open.pop() - 1);
            }
            if (element.isSetNum_children() && element.getNum_children() > 0) {
                open.push(element.getNum_children());
            } else {
                leaves++;
            }
            if (open.size() > MAX_DEPTH) {
                throw new AsofException(
                        ErrorCode.PAYLOAD_TOO_LARGE,
                        "The Parquet file has columns nested more than %s deep: write them flat".formatted(MAX_DEPTH));
            }
        }
        FileLimits.checkColumns(leaves);
    }

    private static AsofException damaged(String how) {
        return new AsofException(
                ErrorCode.MALFORMED_REQUEST, "The Parquet file can't be read: its footer %s".formatted(how));
    }
}
