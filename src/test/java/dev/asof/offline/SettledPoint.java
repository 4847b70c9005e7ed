package dev.asof.offline;

import dev.asof.shared.BackgroundLoops;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Moves the settled point when a test wants it to, as a server does every few seconds. */
public final class SettledPoint {

    private final BatchWatermark batches;

    public SettledPoint(JdbcClient jdbc) {
        this.batches = new BatchWatermark(jdbc, new BackgroundLoops(new SimpleMeterRegistry(), _ -> false));
    }

    /** To the newest batch there is, if nothing runs; twice, to move on from one that was proposed before. */
    public void move() {
        batches.move();
        batches.move();
    }
}
