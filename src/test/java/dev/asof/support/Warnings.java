package dev.asof.support;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.slf4j.LoggerFactory;

/** Listens to what this process warns of, until it is closed. */
public final class Warnings implements AutoCloseable {

    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final ConcurrentLinkedQueue<String> warnings = new ConcurrentLinkedQueue<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
                warnings.add(event.getLoggerName() + ": " + event.getMessage());
            }
        }
    };

    public Warnings() {
        appender.setContext(root.getLoggerContext());
        appender.start();
        root.addAppender(appender);
    }

    /** Checks that nothing was said again and again: a change of a store's state is, and an outage once. */
    public void checkFew(int most) {
        Map<String, Long> counted =
                warnings.stream().collect(Collectors.groupingBy(each -> each, TreeMap::new, Collectors.counting()));
        assertThat(counted.entrySet())
                .allSatisfy(
                        each -> assertThat(each.getValue()).as(each.getKey()).isLessThanOrEqualTo(most));
    }

    @Override
    public void close() {
        root.detachAppender(appender);
        appender.stop();
    }
}
