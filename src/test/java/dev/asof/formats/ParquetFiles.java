package dev.asof.formats;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.BiConsumer;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** Makes small Parquet files in memory. */
public final class ParquetFiles {

    private ParquetFiles() {}

    public static byte[] of(String schema, int rows, BiConsumer<Group, Integer> fill) {
        return of(schema, CompressionCodecName.ZSTD, rows, fill);
    }

    static byte[] of(String schema, CompressionCodecName codec, int rows, BiConsumer<Group, Integer> fill) {
        var bytes = new ByteArrayOutputStream();
        MessageType type = MessageTypeParser.parseMessageType(schema);
        try (var writer = ExampleParquetWriter.builder(new MemoryFile(bytes))
                .withConf(new PlainParquetConfiguration())
                .withType(type)
                .withCodecFactory(new ParquetCodecs())
                .withCompressionCodec(codec)
                .withRowGroupRowCountLimit(1_000)
                .build()) {
            for (int i = 0; i < rows; i++) {
                var group = new SimpleGroup(type);
                fill.accept(group, i);
                writer.write(group);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private record MemoryFile(ByteArrayOutputStream bytes) implements OutputFile {

        @Override
        public PositionOutputStream create(long blockSizeHint) {
            return new PositionOutputStream() {
                @Override
                public long getPos() {
                    return bytes.size();
                }

                @Override
                public void write(int b) {
                    bytes.write(b);
                }

                @Override
                public void write(byte[] buffer, int offset, int length) {
                    bytes.write(buffer, offset, length);
                }
            };
        }

        @Override
        public PositionOutputStream createOrOverwrite(long blockSizeHint) {
            return create(blockSizeHint);
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
}
