package dev.asof.benchmark;

import dev.asof.formats.ParquetCodecs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** The Parquet files of the training benchmark: histories in order of time, and spines at random times. */
final class TrainingTables {

    static final int ENTITIES = 100_000;
    static final int FEATURES = 10;
    static final int PART_ROWS = 1_000_000;

    private static final long START = micros(Instant.parse("2025-01-01T00:00:00Z"));
    private static final long SPAN = Duration.ofDays(365).toSeconds() * 1_000_000;

    private static final MessageType HISTORY = MessageTypeParser.parseMessageType("message history {\n"
            + "optional int64 account_id; optional int64 at (TIMESTAMP(MICROS,true));\n"
            + IntStream.range(0, FEATURES)
                    .mapToObj("optional double f%s;\n"::formatted)
                    .collect(Collectors.joining())
            + "}");

    private static final MessageType SPINE = MessageTypeParser.parseMessageType("""
        message spine {
          optional int64 account_id;
          optional int64 as_of (TIMESTAMP(MICROS,true));
          optional int64 label;
        }
        """);

    private final Path directory;

    TrainingTables(Path directory) {
        this.directory = directory;
    }

    /** A history of random rows in parts, each written unless it is there. */
    List<Path> history(String name, int rows) throws IOException {
        var parts = new ArrayList<Path>();
        for (int first = 0; first < rows; first += PART_ROWS) {
            int count = Math.min(PART_ROWS, rows - first);
            Path part =
                    directory.resolve(String.format(Locale.ROOT, "%s-%s-%03d.parquet", name, rows, first / PART_ROWS));
            var random = new Random(name.hashCode() * 31L + first);
            long begin = first;
            write(part, HISTORY, count, (row, i) -> {
                row.add("account_id", (long) random.nextInt(ENTITIES));
                row.add("at", START + (long) ((double) SPAN * (begin + i) / rows));
                for (int feature = 0; feature < FEATURES; feature++) {
                    row.add(2 + feature, random.nextGaussian() * 1_000);
                }
            });
            parts.add(part);
        }
        return parts;
    }

    /** Random accounts at random times, one in a hundred of them unknown. */
    Path spine(int rows) throws IOException {
        Path file = directory.resolve("spine-%s.parquet".formatted(rows));
        var random = new Random(rows);
        write(file, SPINE, rows, (row, i) -> {
            row.add("account_id", (long) random.nextInt(ENTITIES + ENTITIES / 100));
            row.add("as_of", START + random.nextLong(SPAN));
            row.add("label", (long) (i % 2));
        });
        return file;
    }

    @FunctionalInterface
    private interface Filler {
        void fill(SimpleGroup row, int number);
    }

    private static void write(Path file, MessageType schema, int rows, Filler filler) throws IOException {
        if (Files.exists(file)) {
            return;
        }
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        Files.deleteIfExists(partial);
        try (var writer = ExampleParquetWriter.builder(new LocalOutputFile(partial))
                .withType(schema)
                .withConf(new PlainParquetConfiguration())
                .withCodecFactory(new ParquetCodecs())
                .withCompressionCodec(CompressionCodecName.SNAPPY)
                .withWriterVersion(WriterVersion.PARQUET_1_0)
                .withDictionaryEncoding(false)
                .build()) {
            for (int i = 0; i < rows; i++) {
                var row = new SimpleGroup(schema);
                filler.fill(row, i);
                writer.write(row);
            }
        }
        Files.move(partial, file);
    }

    private static long micros(Instant instant) {
        return instant.getEpochSecond() * 1_000_000;
    }
}
