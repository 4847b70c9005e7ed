package dev.asof.offline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.registry.FeatureSelection;
import dev.asof.registry.Registry;
import dev.asof.shared.BackgroundLoops;
import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import dev.asof.support.Readings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.util.unit.DataSize;

/** What copies of histories take of the disk, and when they give it back. */
@AsofServerTest
class HistoryRoomTest {

    private static final int ROWS = 20_000;

    @LocalServerPort
    private int port;

    @Autowired
    private DataSource dataSource;

    @Autowired
    private Registry registry;

    private record Copies(HistoryCopies copies, SimpleMeterRegistry meters) implements AutoCloseable {

        long bytes() {
            return (long) meters.get("asof.training.copy").gauge().value();
        }

        /** The copy once it is there. */
        CopiedHistory await(FeatureSelection selection) {
            Eventually.until(
                    () -> {
                        var copied = copies.open(selection, ROWS);
                        copied.ifPresent(CopiedHistory::close);
                        return copied.isPresent();
                    },
                    () -> "not copied");
            return copies.open(selection, ROWS).orElseThrow();
        }

        @Override
        public void close() {
            try {
                copies.destroy();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private Copies copies(long maxBytes) {
        var meters = new SimpleMeterRegistry();
        var properties = new OfflineProperties(new OfflineProperties.Copies(1, DataSize.ofBytes(maxBytes)));
        return new Copies(
                new HistoryCopies(
                        dataSource, properties, Clock.systemUTC(), meters, new BackgroundLoops(meters, _ -> false)),
                meters);
    }

    private FeatureSelection history(String name) {
        var readings = new Readings(new ApiClient(port), dataSource, name).defineSource();
        readings.defineView("{name: amount, column: amount}").expect(200);
        readings.stream(Readings.ndjson(ROWS, 50, Instant.parse("2026-01-01T00:00:00Z")), Map.of())
                .expect(200);
        return registry.current().features(List.of(readings.view() + ":amount"));
    }

    @Test
    void copiesTakeNoMoreThanTheyMayAndGiveItBackWhenTheyAreDropped() {
        var one = history("room_one");
        var two = history("room_two");
        long size;
        try (var roomy = copies(1L << 30)) {
            roomy.await(one).close();
            size = roomy.bytes();
        }
        try (var copies = copies(size * 3 / 2)) {
            var used = copies.await(one);
            // the copy in use can't go, so there is no room for another now
            for (int i = 0; i < 10; i++) {
                assertThat(copies.copies().open(two, ROWS)).isEmpty();
                Eventually.until(() -> copies.bytes() <= size, () -> "%s of %s".formatted(copies.bytes(), size));
            }
            var copied = copies.meters().get("asof.training.copied").gauge();
            Eventually.until(() -> copied.value() == 0, () -> "it was not given up for the other: " + copied.value());
            used.close();

            copies.await(two).close();
            assertThat(copies.bytes()).as("and gave back what it took").isBetween(size / 2, size * 3 / 2);
        }
        try (var copies = copies(size / 2)) {
            assertThat(copies.copies().open(one, ROWS)).isEmpty();
            Eventually.until(() -> copies.bytes() == 0, () -> "too large by itself");
        }
    }
}
