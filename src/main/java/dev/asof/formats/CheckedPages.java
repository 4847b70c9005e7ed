package dev.asof.formats;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.PrimitiveIterator;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DataPageV1;
import org.apache.parquet.column.page.DataPageV2;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.io.ParquetDecodingException;
import org.jspecify.annotations.Nullable;

/**
 * Pages that were looked through for numbers that can't be true: the library's decoders allocate what a page tells them,
 * so that a few bytes could ask for all memory.
 */
final class CheckedPages implements PageReadStore {

    /** Of one page; writers begin a new one long before. */
    private static final int MAX_VALUES = 1 << 24;

    private final PageReadStore pages;

    CheckedPages(PageReadStore pages) {
        this.pages = pages;
    }

    @Override
    public PageReader getPageReader(ColumnDescriptor descriptor) {
        return new Pages(pages.getPageReader(descriptor), descriptor);
    }

    @Override
    public long getRowCount() {
        return pages.getRowCount();
    }

    @Override
    public Optional<Long> getRowIndexOffset() {
        return pages.getRowIndexOffset();
    }

    @Override
    public Optional<PrimitiveIterator.OfLong> getRowIndexes() {
        return pages.getRowIndexes();
    }

    private record Pages(PageReader reader, ColumnDescriptor column) implements PageReader {

        @Override
        public long getTotalValueCount() {
            return reader.getTotalValueCount();
        }

        @Override
        public @Nullable DictionaryPage readDictionaryPage() {
            var page = reader.readDictionaryPage();
            if (page != null && page.getDictionarySize() > page.getBytes().size()) {
                throw untrue("its dictionary has fewer values than it says");
            }
            return page;
        }

        @Override
        public @Nullable DataPage readPage() {
            var page = reader.readPage();
            if (page == null) {
                return null;
            }
            int count = page.getValueCount();
            if (count < 0 || count > MAX_VALUES) {
                throw untrue("a page says that it has %s values, and at most %s are read".formatted(count, MAX_VALUES));
            }
            try {
                boolean isTrue = page.accept(new DataPage.Visitor<Boolean>() {
                    @Override
                    public Boolean visit(DataPageV1 first) {
                        return isTrue(first);
                    }

                    @Override
                    public Boolean visit(DataPageV2 second) {
                        return isTrue(second);
                    }
                });
                if (!isTrue) {
                    throw untrue("a page names sizes that it doesn't have");
                }
                return page;
            } catch (IllegalArgumentException | IndexOutOfBoundsException | java.nio.BufferUnderflowException e) {
                throw untrue("a page is cut short");
            }
        }

        private boolean isTrue(DataPageV1 page) {
            int count = page.getValueCount();
            var bytes = new PageBytes(buffer(page.getBytes()));
            return bytes.levels(column.getMaxRepetitionLevel(), page.getRlEncoding(), count)
                    && bytes.levels(column.getMaxDefinitionLevel(), page.getDlEncoding(), count)
                    && values(bytes, page.getValueEncoding(), count);
        }

        private boolean isTrue(DataPageV2 page) {
            int count = page.getValueCount();
            return new PageBytes(buffer(page.getRepetitionLevels())).runs(column.getMaxRepetitionLevel(), count)
                    && new PageBytes(buffer(page.getDefinitionLevels())).runs(column.getMaxDefinitionLevel(), count)
                    && values(new PageBytes(buffer(page.getData())), page.getDataEncoding(), count);
        }

        private static boolean values(PageBytes bytes, Encoding encoding, int count) {
            return switch (encoding) {
                case PLAIN_DICTIONARY, RLE_DICTIONARY -> bytes.dictionaryIds(count);
                case RLE -> bytes.levels(1, encoding, count);
                case DELTA_BINARY_PACKED, DELTA_LENGTH_BYTE_ARRAY -> bytes.deltas(count);
                case DELTA_BYTE_ARRAY -> bytes.deltasOfTexts(count);
                case PLAIN, BIT_PACKED, BYTE_STREAM_SPLIT -> true;
            };
        }

        private static java.nio.ByteBuffer buffer(BytesInput bytes) {
            try {
                return bytes.toByteBuffer();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private ParquetDecodingException untrue(String what) {
            return new ParquetDecodingException("of column '%s' %s".formatted(column.getPath()[0], what));
        }
    }
}
