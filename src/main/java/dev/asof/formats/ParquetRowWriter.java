package dev.asof.formats;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputCompressor;
import org.apache.parquet.hadoop.ColumnChunkPageWriteStore;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;
import org.jspecify.annotations.Nullable;

/**
 * Parquet as pandas, pyarrow, DuckDB and Spark read it: timestamps are UTC microseconds, lists have the three-level
 * form. At most one row group of {@link #ROW_GROUP_BYTES} is in memory. Rows are written some at a time, column by column, at
 * parquet-hadoop's column level: its writer of records takes three times as long.
 */
public final class ParquetRowWriter implements RowWriter {

    private static final int ROW_GROUP_BYTES = 16 * 1024 * 1024;
    private static final int PAGE_BYTES = 256 * 1024;

    /** So many rows are written at once; the pages' sizes are looked at in between, and at no other time. */
    private static final int ROWS_AT_ONCE = 1_000;

    /** Of large rows fewer are. */
    private static final long BYTES_AT_ONCE = 16L << 20;

    // Definition levels: how much of a value is there.
    private static final int NOTHING = 0;
    private static final int VALUE = 1;
    private static final int EMPTY_LIST = 1;
    private static final int NULL_ELEMENT = 2;
    private static final int ELEMENT = 3;

    private final List<ResultColumn> columns;
    private final MessageType schema;
    private final ParquetProperties properties;
    private final ParquetFileWriter file;
    private final BytesInputCompressor compressor = new ParquetCodecs().getCompressor(CompressionCodecName.SNAPPY);
    private final List<@Nullable Object[]> waiting = new ArrayList<>(ROWS_AT_ONCE);
    private long waitingBytes;
    private final boolean[] withNulls;
    private @Nullable RowGroup rowGroup;

    public ParquetRowWriter(List<ResultColumn> columns, OutputStream out) throws IOException {
        this.columns = columns;
        this.withNulls = new boolean[columns.size()];
        this.schema = schema(columns);
        this.properties = properties(columns);
        this.file = new ParquetFileWriter(
                new Output(out),
                schema,
                ParquetFileWriter.Mode.CREATE,
                ROW_GROUP_BYTES,
                ParquetWriter.MAX_PADDING_SIZE_DEFAULT,
                null,
                properties);
        file.start();
    }

    private static ParquetProperties properties(List<ResultColumn> columns) {
        var properties = ParquetProperties.builder()
                .withPageSize(PAGE_BYTES)
                .withPageRowCountLimit(20 * ROWS_AT_ONCE)
                .withMinRowCountForPageSizeCheck(ROWS_AT_ONCE)
                .withMaxRowCountForPageSizeCheck(ROWS_AT_ONCE)
                // how many nulls and bytes a page has, which no reader asks for
                .withSizeStatisticsEnabled(false);
        for (ResultColumn column : columns) {
            if (!repeats(column.type())) {
                properties.withDictionaryEncoding(column.name(), false);
            }
        }
        return properties.build();
    }

    /** Whether a column's values come often enough for a dictionary, which is costly to build in vain. */
    private static boolean repeats(ValueType type) {
        return switch (type) {
            case ScalarType.FLOAT32, ScalarType.FLOAT64, ScalarType.TIMESTAMP -> false;
            case ScalarType.BOOLEAN, ScalarType.INT32, ScalarType.INT64, ScalarType.STRING, ScalarType.BYTES -> true;
            case ListType _ -> true;
        };
    }

    @Override
    public void row(@Nullable Object[] values) throws IOException {
        waiting.add(values);
        waitingBytes += RowSize.of(values);
        if (waiting.size() == ROWS_AT_ONCE || waitingBytes >= BYTES_AT_ONCE) {
            writeWaiting();
        }
    }

    private void writeWaiting() throws IOException {
        if (waiting.isEmpty()) {
            return;
        }
        if (rowGroup == null) {
            rowGroup = new RowGroup();
        }
        rowGroup.write(waiting);
        waiting.clear();
        waitingBytes = 0;
        if (rowGroup.isFull()) {
            rowGroup.finish();
            rowGroup = null;
        }
    }

    @Override
    public void finish() throws IOException {
        writeWaiting();
        if (rowGroup != null) {
            rowGroup.finish();
        }
        var integers = IntStream.range(0, columns.size())
                .filter(column -> withNulls[column])
                .mapToObj(columns::get)
                .filter(column -> column.type() == ScalarType.INT64)
                .toList();
        file.end(integers.isEmpty() ? Map.of() : Map.of(PandasMetadata.KEY, PandasMetadata.of(columns, integers)));
    }

    /** The rows that are in memory, encoded. */
    private final class RowGroup {

        private final ColumnChunkPageWriteStore pages = ColumnChunkPageWriteStore.builder()
                .withCompressorProvider(_ -> compressor)
                .withSchema(schema)
                .withAllocator(properties.getAllocator())
                .withColumnIndexTruncateLength(properties.getColumnIndexTruncateLength())
                .withPageWriteChecksumEnabled(properties.getPageWriteChecksumEnabled())
                .build();
        private final ColumnWriteStore store = properties.newColumnWriteStore(schema, pages, pages);
        private final List<ColumnWriter> writers =
                schema.getColumns().stream().map(store::getColumnWriter).toList();
        private long rows;

        void write(List<@Nullable Object[]> some) {
            for (int column = 0; column < writers.size(); column++) {
                switch (columns.get(column).type()) {
                    case ScalarType scalar -> writeScalars(some, column, scalar, writers.get(column));
                    case ListType list -> writeLists(some, column, list.element(), writers.get(column));
                }
            }
            some.forEach(_ -> store.endRecord());
            rows += some.size();
        }

        private void writeScalars(List<@Nullable Object[]> some, int column, ScalarType type, ColumnWriter to) {
            for (var row : some) {
                Object value = row[column];
                if (value == null) {
                    withNulls[column] = true;
                    to.writeNull(0, NOTHING);
                } else {
                    ParquetRowWriter.this.write(to, column, type, value, 0, VALUE);
                }
            }
        }

        private void writeLists(List<@Nullable Object[]> some, int column, ScalarType element, ColumnWriter to) {
            for (var row : some) {
                var list = (List<?>) row[column];
                if (list == null || list.isEmpty()) {
                    to.writeNull(0, list == null ? NOTHING : EMPTY_LIST);
                    continue;
                }
                int repetition = 0;
                for (Object value : list) {
                    if (value == null) {
                        to.writeNull(repetition, NULL_ELEMENT);
                    } else {
                        ParquetRowWriter.this.write(to, column, element, value, repetition, ELEMENT);
                    }
                    repetition = 1;
                }
            }
        }

        boolean isFull() {
            return store.getBufferedSize() >= ROW_GROUP_BYTES;
        }

        void finish() throws IOException {
            file.startBlock(rows);
            store.flush();
            pages.flushToFileWriter(file);
            file.endBlock();
            store.close();
            pages.close();
        }
    }

    private void write(ColumnWriter to, int column, ScalarType type, Object value, int repetition, int definition) {
        var form = columns.get(column).form();
        if (form.isPresent()) {
            switch (form.get()) {
                case ColumnForm.Decimal decimal ->
                    to.write(Binary.fromConstantByteArray(decimal.bytes((String) value)), repetition, definition);
                case ColumnForm.Date date -> to.write(date.days((String) value), repetition, definition);
            }
            return;
        }
        switch (type) {
            case BOOLEAN -> to.write((boolean) (Boolean) value, repetition, definition);
            case INT32 -> to.write((int) (Integer) value, repetition, definition);
            case INT64 -> to.write((long) (Long) value, repetition, definition);
            case FLOAT32 -> to.write((float) (Float) value, repetition, definition);
            case FLOAT64 -> to.write((double) (Double) value, repetition, definition);
            case STRING -> to.write(Binary.fromString((String) value), repetition, definition);
            case BYTES -> to.write(Binary.fromConstantByteArray((byte[]) value), repetition, definition);
            case TIMESTAMP -> to.write(Timestamps.toMicros((Instant) value), repetition, definition);
        }
    }

    static MessageType schema(List<ResultColumn> columns) {
        var message = Types.buildMessage();
        for (var column : columns) {
            message.addField(
                    switch (column.type()) {
                        case ScalarType scalar -> field(column, scalar, column.name());
                        case ListType list ->
                            Types.optionalList()
                                    .element(field(column, list.element(), "element"))
                                    .named(column.name());
                    });
        }
        return message.named("training_rows");
    }

    private static Type field(ResultColumn column, ScalarType type, String name) {
        return column.form().map(form -> field(form, name)).orElseGet(() -> field(type, name));
    }

    private static Type field(ColumnForm form, String name) {
        return switch (form) {
            case ColumnForm.Decimal decimal ->
                Types.optional(PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY)
                        .length(decimal.width())
                        .as(LogicalTypeAnnotation.decimalType(decimal.scale(), decimal.precision()))
                        .named(name);
            case ColumnForm.Date _ ->
                Types.optional(PrimitiveTypeName.INT32)
                        .as(LogicalTypeAnnotation.dateType())
                        .named(name);
        };
    }

    private static Type field(ScalarType type, String name) {
        return switch (type) {
            case BOOLEAN -> Types.optional(PrimitiveTypeName.BOOLEAN).named(name);
            case INT32 -> Types.optional(PrimitiveTypeName.INT32).named(name);
            case INT64 -> Types.optional(PrimitiveTypeName.INT64).named(name);
            case FLOAT32 -> Types.optional(PrimitiveTypeName.FLOAT).named(name);
            case FLOAT64 -> Types.optional(PrimitiveTypeName.DOUBLE).named(name);
            case BYTES -> Types.optional(PrimitiveTypeName.BINARY).named(name);
            case STRING ->
                Types.optional(PrimitiveTypeName.BINARY)
                        .as(LogicalTypeAnnotation.stringType())
                        .named(name);
            case TIMESTAMP ->
                Types.optional(PrimitiveTypeName.INT64)
                        .as(LogicalTypeAnnotation.timestampType(true, TimeUnit.MICROS))
                        .named(name);
        };
    }

    /** A response as a file that is written once from front to back. */
    private record Output(OutputStream out) implements OutputFile {

        @Override
        public PositionOutputStream create(long blockSizeHint) {
            return new CountingStream(out);
        }

        @Override
        public PositionOutputStream createOrOverwrite(long blockSizeHint) {
            return new CountingStream(out);
        }

        @Override
        public boolean supportsBlockSize() {
            return false;
        }

        @Override
        public long defaultBlockSize() {
            return 0;
        }
    }

    private static final class CountingStream extends PositionOutputStream {

        private final OutputStream out;
        private long position;

        CountingStream(OutputStream out) {
            this.out = out;
        }

        @Override
        public long getPos() {
            return position;
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
            position++;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            position += length;
        }

        @Override
        public void flush() throws IOException {
            out.flush();
        }
    }
}
