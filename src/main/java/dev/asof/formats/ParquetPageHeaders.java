package dev.asof.formats;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.ParquetDecodingException;

/** Looks through the headers of a row group's pages before the library does, which allocates what they say. */
final class ParquetPageHeaders {

    private ParquetPageHeaders() {}

    /**
     * @param columns those that are read
     * @throws ParquetDecodingException when a page says that it is larger than its column
     */
    static void check(Path file, BlockMetaData group, Set<String> columns) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            for (var chunk : group.getColumns()) {
                if (columns.contains(chunk.getPath().toArray()[0])) {
                    check(channel, chunk);
                }
            }
        }
    }

    private static void check(FileChannel channel, ColumnChunkMetaData chunk) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var pages = channel.map(FileChannel.MapMode.READ_ONLY, chunk.getStartingPos(), chunk.getTotalSize(), arena)
                    .asByteBuffer();
            long values = 0;
            while (values < chunk.getValueCount() && pages.hasRemaining()) {
                var header = header(pages, chunk);
                int size = header.getCompressed_page_size();
                if (size < 0 || size > pages.remaining() || header.getUncompressed_page_size() < 0) {
                    throw untrue(chunk);
                }
                values += values(header);
                pages.position(pages.position() + size);
            }
        }
    }

    private static PageHeader header(ByteBuffer pages, ColumnChunkMetaData chunk) throws IOException {
        int length = ThriftSizes.length(pages.slice());
        if (length < 0) {
            throw untrue(chunk);
        }
        byte[] header = new byte[length];
        pages.get(header);
        return Util.readPageHeader(new ByteArrayInputStream(header));
    }

    private static long values(PageHeader header) {
        if (header.getType() == PageType.DATA_PAGE && header.getData_page_header() != null) {
            return Math.max(0, header.getData_page_header().getNum_values());
        }
        return header.getType() == PageType.DATA_PAGE_V2 && header.getData_page_header_v2() != null
                ? Math.max(0, header.getData_page_header_v2().getNum_values())
                : 0;
    }

    private static ParquetDecodingException untrue(ColumnChunkMetaData chunk) {
        return new ParquetDecodingException("a page of column '%s' says that it is larger than the column"
                .formatted(chunk.getPath().toArray()[0]));
    }
}
