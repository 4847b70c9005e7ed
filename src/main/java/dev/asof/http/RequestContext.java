package dev.asof.http;

import org.slf4j.MDC;
import org.springframework.core.task.TaskDecorator;
import org.springframework.stereotype.Component;

/** Brings the ids of a request to the thread that streams its answer, so that they stand in its lines too. */
@Component
class RequestContext implements TaskDecorator {

    @Override
    public Runnable decorate(Runnable task) {
        var ids = MDC.getCopyOfContextMap();
        if (ids == null || ids.isEmpty()) {
            return task;
        }
        return () -> {
            MDC.setContextMap(ids);
            try {
                task.run();
            } finally {
                MDC.clear();
            }
        };
    }
}
