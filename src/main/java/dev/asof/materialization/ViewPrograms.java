package dev.asof.materialization;

import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.transform.ExpressionErrors;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/** The programs of view versions, compiled when first needed. */
@Component
class ViewPrograms {

    private final Map<Long, ViewProgram> byVersion = new ConcurrentHashMap<>();

    private final MeterRegistry registry;

    ViewPrograms(MeterRegistry registry) {
        this.registry = registry;
    }

    ViewProgram of(RegisteredView view, RegisteredSource source) {
        return byVersion.computeIfAbsent(
                view.id(), _ -> ViewProgram.compile(view, source, ExpressionErrors.of(view.version(), registry)));
    }

    void forget(RegisteredView view) {
        byVersion.remove(view.id());
        registry.remove(ExpressionErrors.of(view.version(), registry));
    }
}
