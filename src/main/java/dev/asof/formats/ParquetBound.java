package dev.asof.formats;

import java.io.IOException;
import java.util.List;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.DictionaryPageReadStore;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.ParquetDecodingException;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/** What the rows of a Parquet file may take at most once they are unpacked, found without unpacking them. */
final class ParquetBound {

    private static final long UNKNOWN = Long.MAX_VALUE;

    private final ParquetFileReader reader;
    private final List<ParquetColumn> columns;

    ParquetBound(ParquetFileReader reader, List<ParquetColumn> columns) {
        this.reader = reader;
        this.columns = columns;
    }

    /** The bytes of a row group as {@link LimitedReader#size} counts them, or more, if what it says is true. */
    long of(BlockMetaData group) throws IOException {
        var dictionaries = reader.getDictionaryReader(group);
        long bytes = 0;
        for (var column : columns) {
            for (var chunk : group.getColumns()) {
                if (List.of(chunk.getPath().toArray())
                        .equals(List.of(column.descriptor().getPath()))) {
                    bytes = sum(bytes, of(column, chunk, dictionaries));
                }
            }
        }
        return bytes;
    }

    private static long of(ParquetColumn column, ColumnChunkMetaData chunk, DictionaryPageReadStore dictionaries)
            throws IOException {
        long values = chunk.getValueCount();
        var type = chunk.getPrimitiveType().getPrimitiveTypeName();
        if (values > Integer.MAX_VALUE || chunk.getEncodings().contains(Encoding.DELTA_BYTE_ARRAY)) {
            return UNKNOWN;
        }
        // each value, and a list around it
        long fixed = values * 2 * Long.BYTES;
        if (type == PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY) {
            return sum(fixed, values * chunk.getPrimitiveType().getTypeLength());
        }
        if (type != PrimitiveTypeName.BINARY) {
            return fixed;
        }
        var dictionary = dictionaries.readDictionaryPage(column.descriptor());
        long repeated = dictionary == null ? 0 : values * longest(column, dictionary);
        return sum(sum(fixed, Math.max(0, chunk.getTotalUncompressedSize())), repeated);
    }

    private static long longest(ParquetColumn column, DictionaryPage page) throws IOException {
        if (page.getDictionarySize() > page.getBytes().size()) {
            throw new ParquetDecodingException("a dictionary has fewer values than it says");
        }
        var dictionary = page.getEncoding().initDictionary(column.descriptor(), page);
        int longest = 0;
        for (int id = 0; id <= dictionary.getMaxId(); id++) {
            longest = Math.max(longest, dictionary.decodeToBinary(id).length());
        }
        return longest;
    }

    static long sum(long a, long b) {
        return a > UNKNOWN - b ? UNKNOWN : a + b;
    }
}
