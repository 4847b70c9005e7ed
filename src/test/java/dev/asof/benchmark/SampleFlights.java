package dev.asof.benchmark;

import dev.asof.formats.ParquetCodecs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.Random;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** Random flights in Parquet, in order of time, with as many places as asked for. */
final class SampleFlights {

    private static final MessageType SCHEMA = MessageTypeParser.parseMessageType("""
        message flights {
          optional int64 date (TIMESTAMP(MICROS,false));
          optional int64 delay;
          optional int64 distance;
          optional binary origin (STRING);
          optional binary destination (STRING);
        }
        """);

    private static final long MICROS_PER_SECOND = 1_000_000;

    private SampleFlights() {}

    /** Writes the file unless it is there already. */
    static Path in(Path directory, int rows, int places) throws IOException {
        Path file = directory.resolve("flights-%s-of-%s-places.parquet".formatted(rows, places));
        if (Files.exists(file)) {
            return file;
        }
        var random = new Random(places);
        long start = Instant.parse("2001-01-01T00:00:00Z").getEpochSecond() * MICROS_PER_SECOND;
        try (var writer = ExampleParquetWriter.builder(new LocalOutputFile(file))
                .withType(SCHEMA)
                .withConf(new PlainParquetConfiguration())
                .withCodecFactory(new ParquetCodecs())
                .withCompressionCodec(CompressionCodecName.SNAPPY)
                .build()) {
            for (int i = 0; i < rows; i++) {
                var row = new SimpleGroup(SCHEMA);
                row.add("date", start + i * 4L * MICROS_PER_SECOND);
                row.add("delay", (long) (random.nextGaussian() * 30));
                row.add("distance", 100L + random.nextInt(2_500));
                row.add("origin", place(random.nextInt(places)));
                row.add("destination", place(random.nextInt(places)));
                writer.write(row);
            }
        }
        return file;
    }

    static String place(int number) {
        return String.format(Locale.ROOT, "P%06d", number);
    }
}
