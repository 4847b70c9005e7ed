package dev.asof.formats;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.Decimal256Vector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Arrow's stream of record batches: timestamps are UTC microseconds, every column and list element may be null. One
 * batch is in memory, outside the heap: at most {@link #BATCH_ROWS} rows, and no row is added once the values of fixed
 * width, or texts, bytes and lists, fill {@link #BATCH_BYTES}.
 */
public final class ArrowRowWriter implements RowWriter {

    static final int BATCH_ROWS = 16 * 1024;
    static final int BATCH_BYTES = 1024 * 1024;

    /** What all writers hold: nothing when none is open. */
    public static final BufferAllocator MEMORY = new RootAllocator();

    private static final int OFFSET_BYTES = 4;
    private static final int DECIMAL_BYTES = Decimal256Vector.TYPE_WIDTH;

    private final List<ResultColumn> columns;
    private final OutputStream out;
    private final BufferAllocator memory;
    private final VectorSchemaRoot batch;

    /** Never closed: that would end the stream well. */
    private final ArrowStreamWriter stream;

    private final int batchRows;
    private int rows;
    private long variableBytes;

    ArrowRowWriter(List<ResultColumn> columns, OutputStream out) {
        this.columns = columns;
        this.out = out;
        this.batchRows = batchRows(columns);
        this.memory = MEMORY.newChildAllocator("training rows", 0, Long.MAX_VALUE);
        this.batch = VectorSchemaRoot.create(schema(columns), memory);
        this.stream = new ArrowStreamWriter(batch, null, out);
    }

    @Override
    public void row(@Nullable Object[] values) throws IOException {
        if (rows == 0) {
            allocate();
        }
        for (int i = 0; i < values.length; i++) {
            Object value = values[i];
            if (value != null) {
                variableBytes += set(batch.getVector(i), columns.get(i), rows, value);
            }
        }
        rows++;
        if (rows == batchRows || variableBytes >= BATCH_BYTES) {
            write();
        }
    }

    @Override
    public void finish() throws IOException {
        if (rows > 0) {
            write();
        }
        stream.end();
        out.flush();
    }

    @Override
    public void close() {
        batch.close();
        memory.close();
    }

    private void allocate() {
        for (FieldVector vector : batch.getFieldVectors()) {
            vector.setInitialCapacity(batchRows);
            vector.allocateNew();
        }
    }

    /** Writes the batch and frees it; what no value was set for is null. */
    private void write() throws IOException {
        batch.setRowCount(rows);
        stream.writeBatch();
        batch.clear();
        rows = 0;
        variableBytes = 0;
    }

    /** As many as have room, when their texts and lists are short. */
    private static int batchRows(List<ResultColumn> columns) {
        int rowBytes = 1;
        for (ResultColumn column : columns) {
            rowBytes += switch (column.type()) {
                case ScalarType scalar -> width(scalar);
                case ListType list -> OFFSET_BYTES + width(list.element());
            };
        }
        return Math.clamp(BATCH_BYTES / rowBytes, 1, BATCH_ROWS);
    }

    /** The bytes of a value, without what varies. */
    private static int width(ScalarType type) {
        return switch (type) {
            case BOOLEAN -> 1;
            case INT32, FLOAT32 -> Integer.BYTES;
            case INT64, FLOAT64, TIMESTAMP -> Long.BYTES;
            case STRING, BYTES -> OFFSET_BYTES;
        };
    }

    /** Sets a value and says how many bytes it took besides those of its {@linkplain #width fixed width}. */
    private static long set(FieldVector vector, ResultColumn column, int at, Object value) {
        return switch (column.type()) {
            case ScalarType scalar -> set(vector, column, scalar, at, value);
            case ListType list -> set((ListVector) vector, column, list.element(), at, (List<?>) value);
        };
    }

    private static long set(ListVector vector, ResultColumn column, ScalarType element, int at, List<?> values) {
        int index = vector.startNewValue(at);
        long bytes = (long) values.size() * width(element);
        for (Object value : values) {
            if (value != null) {
                bytes += set(vector.getDataVector(), column, element, index, value);
            }
            index++;
        }
        vector.endValue(at, values.size());
        return bytes;
    }

    private static long set(FieldVector vector, ResultColumn column, ScalarType type, int at, Object value) {
        return column.form()
                .map(form -> set(vector, form, at, (String) value))
                .orElseGet(() -> set(vector, type, at, value));
    }

    private static long set(FieldVector vector, ColumnForm form, int at, String value) {
        switch (form) {
            case ColumnForm.Decimal decimal -> {
                if (vector instanceof DecimalVector narrow) {
                    narrow.setSafe(at, decimal.value(value));
                } else {
                    ((Decimal256Vector) vector).setSafe(at, decimal.value(value));
                }
                return DECIMAL_BYTES;
            }
            case ColumnForm.Date date -> ((DateDayVector) vector).setSafe(at, date.days(value));
        }
        return 0;
    }

    private static long set(FieldVector vector, ScalarType type, int at, Object value) {
        switch (type) {
            case BOOLEAN -> ((BitVector) vector).setSafe(at, (Boolean) value ? 1 : 0);
            case INT32 -> ((IntVector) vector).setSafe(at, (Integer) value);
            case INT64 -> ((BigIntVector) vector).setSafe(at, (Long) value);
            case FLOAT32 -> ((Float4Vector) vector).setSafe(at, (Float) value);
            case FLOAT64 -> ((Float8Vector) vector).setSafe(at, (Double) value);
            case TIMESTAMP -> ((TimeStampMicroTZVector) vector).setSafe(at, Timestamps.toMicros((Instant) value));
            case STRING -> {
                byte[] text = ((String) value).getBytes(StandardCharsets.UTF_8);
                ((VarCharVector) vector).setSafe(at, text);
                return text.length;
            }
            case BYTES -> {
                byte[] bytes = (byte[]) value;
                ((VarBinaryVector) vector).setSafe(at, bytes);
                return bytes.length;
            }
        }
        return 0;
    }

    private static Schema schema(List<ResultColumn> columns) {
        return new Schema(columns.stream()
                .map(column -> switch (column.type()) {
                    case ScalarType scalar -> Field.nullable(column.name(), type(column, scalar));
                    case ListType list ->
                        new Field(
                                column.name(),
                                FieldType.nullable(ArrowType.List.INSTANCE),
                                List.of(Field.nullable("item", type(column, list.element()))));
                })
                .toList());
    }

    private static ArrowType type(ResultColumn column, ScalarType type) {
        return column.form().map(ArrowRowWriter::type).orElseGet(() -> type(type));
    }

    private static ArrowType type(ColumnForm form) {
        return switch (form) {
            case ColumnForm.Decimal decimal ->
                new ArrowType.Decimal(
                        decimal.precision(),
                        decimal.scale(),
                        decimal.precision() > DecimalVector.MAX_PRECISION
                                ? Decimal256Vector.TYPE_WIDTH * Byte.SIZE
                                : DecimalVector.TYPE_WIDTH * Byte.SIZE);
            case ColumnForm.Date _ -> new ArrowType.Date(DateUnit.DAY);
        };
    }

    private static ArrowType type(ScalarType type) {
        return switch (type) {
            case BOOLEAN -> ArrowType.Bool.INSTANCE;
            case INT32 -> new ArrowType.Int(Integer.SIZE, true);
            case INT64 -> new ArrowType.Int(Long.SIZE, true);
            case FLOAT32 -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
            case FLOAT64 -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
            case STRING -> ArrowType.Utf8.INSTANCE;
            case BYTES -> ArrowType.Binary.INSTANCE;
            case TIMESTAMP -> new ArrowType.Timestamp(TimeUnit.MICROSECOND, "UTC");
        };
    }
}
