package dev.asof.materialization;

import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/** The programs of view versions, compiled when first needed. */
@Component
class ViewPrograms {

    private final Map<Long, ViewProgram> byVersion = new ConcurrentHashMap<>();

    ViewProgram of(RegisteredView view, RegisteredSource source) {
        return byVersion.computeIfAbsent(view.id(), _ -> ViewProgram.compile(view, source));
    }

    void forget(RegisteredView view) {
        byVersion.remove(view.id());
    }
}
