package dev.asof.shared;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class OutageLogTest {

    @Test
    void anOutageIsWarnedOfOnceHoweverManyMeetIt() {
        var logger = (Logger) LoggerFactory.getLogger(OutageLogTest.class);
        logger.setLevel(Level.DEBUG);
        logger.setAdditive(false);
        var lines = new ListAppender<ILoggingEvent>();
        lines.start();
        logger.addAppender(lines);
        var nanos = new AtomicLong(Long.MAX_VALUE - 5);
        var log = new OutageLog(logger, nanos::get);

        for (int i = 0; i < 1_000; i++) {
            log.met("batch {} of {}", i, "a");
            nanos.addAndGet(Duration.ofSeconds(59).toNanos());
        }
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        log.met("batch {} of {}", 1_000, "b");

        assertThat(lines.list).hasSize(1_001);
        assertThat(lines.list.stream()
                        .filter(line -> line.getLevel() == Level.WARN)
                        .map(ILoggingEvent::getFormattedMessage))
                .containsExactly("batch 0 of a", "batch 1000 of b");
    }
}
