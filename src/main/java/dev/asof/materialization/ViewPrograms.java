package dev.asof.materialization;

import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import io.micrometer.core.instrument.Counter;
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
        return byVersion.computeIfAbsent(view.id(), _ -> ViewProgram.compile(view, source, errors(view)));
    }

    private Counter errors(RegisteredView view) {
        return Counter.builder("asof.expression.errors")
                .description("Expressions that failed, in batches and backfills: their feature is null, their aggregate"
                        + " skips the row")
                .baseUnit("errors")
                .tag("view", view.version().toString())
                .register(registry);
    }

    void forget(RegisteredView view) {
        byVersion.remove(view.id());
        registry.remove(errors(view));
    }
}
