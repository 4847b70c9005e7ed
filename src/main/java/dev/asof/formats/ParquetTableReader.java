package dev.asof.formats;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/** Reads a Parquet file column by column, one row group in memory at a time. */
final class ParquetTableReader implements TableReader {

    private static final long MAX_ROW_GROUP_BYTES = 192L << 20;
    private static final NestedValue UNREADABLE =
            new NestedValue("\"a Parquet struct, map or other value that can't be read\"");

    private final Path file;
    private final ParquetFileReader reader;
    private final List<Column> columns;
    private final @Nullable ParquetColumn[] cells;
    private final MessageType readSchema;
    private final Set<String> readable;
    private int nextGroup;
    private long rowsLeft;
    private long rowNumber;

    private ParquetTableReader(Path file, ParquetFileReader reader) {
        this.file = file;
        this.reader = reader;
        var schema = reader.getFileMetaData().getSchema();
        checkNames(schema);
        this.columns = new ArrayList<>();
        this.cells = new @Nullable ParquetColumn[schema.getFieldCount()];
        var readable = new ArrayList<Type>();
        var meanings = ParquetArrowSchema.meanings(reader.getFileMetaData().getKeyValueMetaData());
        for (int i = 0; i < cells.length; i++) {
            var field = schema.getType(i);
            var meaning = meanings.get(field.getName());
            var cell = ParquetColumn.of(schema, field, meaning).orElse(null);
            cells[i] = cell;
            columns.add(column(field, cell, meaning));
            if (cell != null) {
                readable.add(field);
            }
        }
        this.readSchema = new MessageType(schema.getName(), readable);
        this.readable = readable.stream().map(Type::getName).collect(Collectors.toSet());
        reader.setRequestedSchema(readSchema);
    }

    private static Column column(
            Type field, @Nullable ParquetColumn cell, ParquetArrowSchema.@Nullable Meaning meaning) {
        return cell == null
                ? new Column(
                        field.getName(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(ParquetColumn.described(field, meaning)))
                : new Column(field.getName(), cell.type(), cell.form(), Optional.empty());
    }

    static ParquetTableReader of(RequestBody body, FileLimits limits) {
        Path file;
        try {
            file = ScratchFiles.file("asof-rows-", ".parquet");
        } catch (IOException e) {
            throw ScratchFiles.failed(e);
        }
        ParquetTableReader opened = null;
        try (body) {
            Files.copy(body, file, StandardCopyOption.REPLACE_EXISTING);
            opened = open(file, limits);
            return opened;
        } catch (IOException e) {
            throw body.isBrokenOff() ? body.malformed("The body can't be read", e) : ScratchFiles.failed(e);
        } finally {
            if (opened == null) {
                delete(file);
            }
        }
    }

    private static ParquetTableReader open(Path file, FileLimits limits) {
        ParquetFileReader reader = null;
        try {
            var options = ParquetReadOptions.builder(new PlainParquetConfiguration())
                    .withCodecFactory(new ParquetCodecs())
                    .withUseHadoopVectoredIo(false)
                    .usePageChecksumVerification()
                    .build();
            ParquetFooter.check(file, limits);
            reader = new ParquetFileReader(new LocalInputFile(file), options);
            return new ParquetTableReader(file, reader);
        } catch (IOException | RuntimeException e) {
            close(reader);
            throw malformed("The body is not a whole Parquet file", e);
        }
    }

    private static void checkNames(MessageType schema) {
        var seen = new HashSet<String>();
        for (var field : schema.getFields()) {
            if (!seen.add(field.getName())) {
                throw new AsofException(
                        ErrorCode.MALFORMED_REQUEST,
                        "The Parquet file has two columns named '%s'".formatted(field.getName()));
            }
        }
    }

    @Override
    public List<Column> columns() {
        return columns;
    }

    @Override
    public @Nullable Object @Nullable [] next() {
        try {
            while (rowsLeft == 0) {
                if (!openNextGroup()) {
                    return null;
                }
            }
            rowsLeft--;
            rowNumber++;
            return row();
        } catch (IOException | RuntimeException e) {
            throw malformed("The Parquet file can't be read after row " + rowNumber, e);
        }
    }

    private @Nullable Object[] row() {
        @Nullable Object[] values = new @Nullable Object[cells.length];
        for (int i = 0; i < values.length; i++) {
            var cell = cells[i];
            values[i] = cell == null ? UNREADABLE : cell.next();
        }
        if (LimitedReader.size(values) > RequestBody.MAX_RECORD_LENGTH) {
            throw new AsofException(
                    ErrorCode.MALFORMED_REQUEST,
                    "Row %s of the Parquet file is longer than %s bytes"
                            .formatted(rowNumber, RequestBody.MAX_RECORD_LENGTH));
        }
        return values;
    }

    private boolean openNextGroup() throws IOException {
        var groups = reader.getRowGroups();
        if (nextGroup == groups.size()) {
            return false;
        }
        var group = groups.get(nextGroup++);
        checkSize(group);
        ParquetPageHeaders.check(file, group, readable);
        var pages = reader.readNextRowGroup();
        if (pages == null) {
            return false;
        }
        rowsLeft = pages.getRowCount();
        var store = new ColumnReadStoreImpl(
                new CheckedPages(pages),
                converters(),
                readSchema,
                reader.getFileMetaData().getCreatedBy());
        for (var cell : cells) {
            if (cell != null) {
                cell.startAt(store.getColumnReader(cell.descriptor()));
            }
        }
        return true;
    }

    /** What all rows take at most, as {@link LimitedReader#size} counts it, if the file tells the truth. */
    long mostDecoded() {
        var bound = new ParquetBound(
                reader, Arrays.stream(cells).filter(Objects::nonNull).toList());
        long bytes = 0;
        try {
            for (var group : reader.getRowGroups()) {
                checkSize(group);
                ParquetPageHeaders.check(file, group, readable);
                bytes = ParquetBound.sum(bytes, bound.of(group));
            }
            return bytes;
        } catch (IOException | RuntimeException e) {
            throw malformed("The Parquet file can't be read", e);
        }
    }

    private static void checkSize(BlockMetaData group) {
        long size = group.getColumns().stream()
                .mapToLong(column -> column.getTotalSize())
                .sum();
        if (size > MAX_ROW_GROUP_BYTES) {
            throw new AsofException(
                    ErrorCode.MALFORMED_REQUEST,
                    "A row group of the Parquet file has %s MiB, and at most %s are read: write smaller row groups"
                            .formatted(size >> 20, MAX_ROW_GROUP_BYTES >> 20));
        }
    }

    private GroupConverter converters() {
        Map<String, ParquetColumn> byName = new HashMap<>();
        for (var cell : cells) {
            if (cell != null) {
                byName.put(cell.descriptor().getPath()[0], cell);
            }
        }
        return new Branch(readSchema.getFields().stream()
                .map(field -> converter(field, byName.get(field.getName())))
                .toList());
    }

    private static Converter converter(Type type, @Nullable PrimitiveConverter leaf) {
        if (leaf == null) {
            throw new IllegalStateException("No column for " + type.getName());
        }
        return type.isPrimitive()
                ? leaf
                : new Branch(List.of(converter(type.asGroupType().getType(0), leaf)));
    }

    @Override
    public long rowNumber() {
        return rowNumber;
    }

    @Override
    public void close() {
        close(reader);
        delete(file);
    }

    private static void close(@Nullable ParquetFileReader reader) {
        try {
            if (reader != null) {
                reader.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static AsofException malformed(String detail, Exception cause) {
        if (cause instanceof AsofException known) {
            return known;
        }
        return new AsofException(ErrorCode.MALFORMED_REQUEST, detail + ": " + explained(cause), cause);
    }

    /** The library names its own classes where a file has no sign of Parquet, or its footer makes no sense. */
    private static String explained(Exception cause) {
        String message = String.valueOf(cause.getMessage());
        if (message.contains("is not a Parquet file")) {
            return "it has to begin and end with PAR1";
        }
        return message.startsWith("can not read class") || message.contains("footer")
                ? "its footer is damaged or encrypted"
                : message;
    }

    /** A group on the way to the columns; columns are read on their own, so starts and ends mean nothing. */
    private static final class Branch extends GroupConverter {

        private final List<Converter> children;

        Branch(List<Converter> children) {
            this.children = children;
        }

        @Override
        public Converter getConverter(int field) {
            return children.get(field);
        }

        @Override
        public void start() {}

        @Override
        public void end() {}
    }
}
