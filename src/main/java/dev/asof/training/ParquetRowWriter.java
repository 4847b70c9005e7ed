package dev.asof.training;

import dev.asof.ingestion.ParquetCodecs;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;
import org.jspecify.annotations.Nullable;

/**
 * Parquet as pandas, pyarrow, DuckDB and Spark read it: timestamps are UTC microseconds, lists have the three-level
 * form. At most one row group of {@link #ROW_GROUP_BYTES} is in memory.
 */
final class ParquetRowWriter implements RowWriter {

    private static final long ROW_GROUP_BYTES = 16L * 1024 * 1024;
    private static final int PAGE_BYTES = 256 * 1024;

    private final ParquetWriter<@Nullable Object[]> parquet;

    ParquetRowWriter(List<ResultColumn> columns, OutputStream out) throws IOException {
        var builder = new Builder(new Output(out), columns)
                .withConf(new PlainParquetConfiguration())
                .withRowGroupSize(ROW_GROUP_BYTES)
                .withPageSize(PAGE_BYTES)
                // how many nulls and bytes a page has, which no reader asks for
                .withSizeStatisticsEnabled(false)
                .withCodecFactory(new ParquetCodecs())
                .withCompressionCodec(CompressionCodecName.SNAPPY);
        for (ResultColumn column : columns) {
            if (!repeats(column.type())) {
                builder.withDictionaryEncoding(column.name(), false);
            }
        }
        this.parquet = builder.build();
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
        parquet.write(values);
    }

    @Override
    public void finish() throws IOException {
        parquet.close();
    }

    static MessageType schema(List<ResultColumn> columns) {
        var message = Types.buildMessage();
        for (var column : columns) {
            message.addField(
                    switch (column.type()) {
                        case ScalarType scalar -> field(scalar, column.name());
                        case ListType list ->
                            Types.optionalList().element(field(list.element(), "element")).named(column.name());
                    });
        }
        return message.named("training_rows");
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

    private static final class Builder extends ParquetWriter.Builder<@Nullable Object[], Builder> {

        private final List<ResultColumn> columns;

        Builder(OutputFile file, List<ResultColumn> columns) {
            super(file);
            this.columns = columns;
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        protected WriteSupport<@Nullable Object[]> getWriteSupport(@Nullable Configuration configuration) {
            return new Rows(columns);
        }

        @Override
        protected WriteSupport<@Nullable Object[]> getWriteSupport(@Nullable ParquetConfiguration configuration) {
            return new Rows(columns);
        }
    }

    private static final class Rows extends WriteSupport<@Nullable Object[]> {

        private final List<ResultColumn> columns;
        private final BitSet withNulls = new BitSet();
        private @Nullable RecordConsumer consumer;

        Rows(List<ResultColumn> columns) {
            this.columns = columns;
        }

        @Override
        public WriteContext init(@Nullable Configuration configuration) {
            return new WriteContext(schema(columns), Map.of());
        }

        @Override
        public WriteContext init(@Nullable ParquetConfiguration configuration) {
            return new WriteContext(schema(columns), Map.of());
        }

        @Override
        public void prepareForWrite(RecordConsumer recordConsumer) {
            this.consumer = recordConsumer;
        }

        @Override
        public void write(@Nullable Object[] row) {
            var to = java.util.Objects.requireNonNull(consumer);
            to.startMessage();
            for (int i = 0; i < row.length; i++) {
                Object value = row[i];
                if (value != null) {
                    var column = columns.get(i);
                    to.startField(column.name(), i);
                    write(to, column.type(), value);
                    to.endField(column.name(), i);
                } else {
                    withNulls.set(i);
                }
            }
            to.endMessage();
        }

        @Override
        public FinalizedWriteContext finalizeWrite() {
            var integers = withNulls.stream()
                    .mapToObj(columns::get)
                    .filter(column -> column.type() == ScalarType.INT64)
                    .toList();
            return new FinalizedWriteContext(
                    integers.isEmpty() ? Map.of() : Map.of(PandasMetadata.KEY, PandasMetadata.of(columns, integers)));
        }

        private static void write(RecordConsumer to, ValueType type, Object value) {
            switch (type) {
                case ScalarType scalar -> write(to, scalar, value);
                case ListType list -> write(to, list.element(), (List<?>) value);
            }
        }

        private static void write(RecordConsumer to, ScalarType element, List<?> values) {
            to.startGroup();
            if (!values.isEmpty()) {
                to.startField("list", 0);
                for (Object value : values) {
                    to.startGroup();
                    if (value != null) {
                        to.startField("element", 0);
                        write(to, element, value);
                        to.endField("element", 0);
                    }
                    to.endGroup();
                }
                to.endField("list", 0);
            }
            to.endGroup();
        }

        private static void write(RecordConsumer to, ScalarType type, Object value) {
            switch (type) {
                case BOOLEAN -> to.addBoolean((Boolean) value);
                case INT32 -> to.addInteger((Integer) value);
                case INT64 -> to.addLong((Long) value);
                case FLOAT32 -> to.addFloat((Float) value);
                case FLOAT64 -> to.addDouble((Double) value);
                case STRING -> to.addBinary(Binary.fromString((String) value));
                case BYTES -> to.addBinary(Binary.fromConstantByteArray((byte[]) value));
                case TIMESTAMP -> to.addLong(Timestamps.toMicros((Instant) value));
            }
        }
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
