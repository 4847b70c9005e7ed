package dev.asof.benchmark;

import dev.asof.formats.ParquetCodecs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** Half a year of random flights in Parquet, which say when each was recorded: of few places many, as airports are. */
final class RecordedFlights {

    private static final int PLACES = 229;
    private static final int DAYS = 181;
    private static final long START = Instant.parse("2001-01-01T00:00:00Z").getEpochSecond() * 1_000_000;
    private static final long HOUR = Duration.ofHours(1).toSeconds() * 1_000_000;
    private static final long DAY = 24 * HOUR;

    private static final MessageType SCHEMA = MessageTypeParser.parseMessageType("""
        message flights {
          required int64 number;
          required int64 date (TIMESTAMP(MICROS,true));
          required int64 recorded (TIMESTAMP(MICROS,true));
          required int64 delay;
          required int64 distance;
          required binary origin (STRING);
        }
        """);

    private final Path directory;

    RecordedFlights(Path directory) {
        this.directory = directory;
    }

    /** In order of time, each recorded when it took place; a place has more of them the lower its number. */
    Path history(int rows) throws IOException {
        var random = new Random(rows);
        return written(
                "recorded-%s.parquet".formatted(rows),
                rows,
                _ -> Math.min(random.nextInt(PLACES), random.nextInt(PLACES)),
                number -> START + (long) ((double) DAYS * DAY * number / rows),
                0);
    }

    /** One for each place and day, recorded two days late. Of these and the next ones none has a number. */
    Path latePerDay() throws IOException {
        return written(
                "late-per-day.parquet",
                PLACES * DAYS,
                number -> number % PLACES,
                number -> START + number / PLACES * DAY + 11 * HOUR,
                2 * DAY);
    }

    /** One for each place and hour. */
    Path ofEveryHour() throws IOException {
        return written(
                "of-every-hour.parquet",
                PLACES * DAYS * 24,
                number -> number % PLACES,
                number -> START + number / PLACES * HOUR + HOUR / 2,
                2 * DAY);
    }

    @FunctionalInterface
    private interface Dates {
        long of(int number);
    }

    private Path written(String name, int rows, IntUnaryOperator places, Dates dates, long late) throws IOException {
        Path file = directory.resolve(name);
        if (Files.exists(file)) {
            return file;
        }
        Path partial = file.resolveSibling(name + ".partial");
        Files.deleteIfExists(partial);
        var random = new Random(1);
        try (var writer = ExampleParquetWriter.builder(new LocalOutputFile(partial))
                .withType(SCHEMA)
                .withConf(new PlainParquetConfiguration())
                .withCodecFactory(new ParquetCodecs())
                .withCompressionCodec(CompressionCodecName.SNAPPY)
                .build()) {
            for (int number = 0; number < rows; number++) {
                var row = new SimpleGroup(SCHEMA);
                long date = dates.of(number);
                row.add("number", late == 0 ? number : -1L);
                row.add("date", date);
                row.add("recorded", date + late);
                row.add("delay", (long) (random.nextGaussian() * 30));
                row.add("distance", 100L + random.nextInt(2_500));
                row.add("origin", SampleFlights.place(places.applyAsInt(number)));
                writer.write(row);
            }
        }
        return Files.move(partial, file);
    }
}
