package dev.asof.postgres;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import dev.asof.shared.OutageLog;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * Lets libraries warn of an outage of Postgres once: the pool does for each of its connections, and the scheduler, with
 * a stack trace, each time that it can't look for work.
 */
@Component
final class LibraryWarnings extends TurboFilter implements DisposableBean {

    private static final List<String> LIBRARIES = List.of("com.zaxxer.hikari.", "com.github.kagkarlsson.scheduler.");

    /** Of other texts than these libraries have, so that what is remembered stays small whatever they write. */
    private static final int MOST = 1_000;

    private final Map<String, Long> metAt = new ConcurrentHashMap<>();

    LibraryWarnings() {
        setName("library warnings");
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.addTurboFilter(this);
        }
    }

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] arguments,
            @Nullable Throwable failure) {
        if (format == null
                || !level.isGreaterOrEqual(Level.WARN)
                || LIBRARIES.stream().noneMatch(logger.getName()::startsWith)) {
            return FilterReply.NEUTRAL;
        }
        return isFirst(logger.getName() + format, System.nanoTime()) ? FilterReply.NEUTRAL : FilterReply.DENY;
    }

    private boolean isFirst(String text, long now) {
        if (metAt.size() >= MOST) {
            metAt.clear();
        }
        Long last = metAt.put(text, now);
        return last == null || now - last >= OutageLog.QUIET.toNanos();
    }

    @Override
    public void destroy() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getTurboFilterList().remove(this);
        }
    }
}
