package dev.asof.support;

import dev.asof.shared.BackgroundLoop;
import dev.asof.shared.BackgroundLoops;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.ApplicationContext;

/** A server's background work, of which a test has the next turn fail. */
public final class FailingLoops extends BackgroundLoops {

    private final Map<String, BackgroundLoop> loops = new ConcurrentHashMap<>();
    private final Map<String, Error> failing = new ConcurrentHashMap<>();

    /** For parts that a test makes by itself. */
    public FailingLoops(MeterRegistry meters) {
        super(meters, _ -> false);
    }

    /** Takes the place of a context's own. */
    static BeanPostProcessor in(ApplicationContext context) {
        return new BeanPostProcessor() {
            @Override
            public Object postProcessAfterInitialization(Object bean, String name) {
                return bean instanceof BackgroundLoops ? new FailingLoops(context.getBean(MeterRegistry.class)) : bean;
            }
        };
    }

    @Override
    public BackgroundLoop every(Duration interval, Duration leastPause, String name, BackgroundLoop.Turn turn) {
        var loop = super.every(interval, leastPause, name, () -> {
            var error = failing.remove(name);
            if (error != null) {
                throw error;
            }
            turn.take();
        });
        loops.put(name, loop);
        return loop;
    }

    /** The names of those that run; of several of a name, the last one counts. */
    public Set<String> running() {
        return Set.copyOf(loops.keySet().stream()
                .filter(name -> loops.get(name).isRunning())
                .toList());
    }

    /** Begins a loop, or begins one anew that has ended, with a turn that fails. */
    public void start(String name, Error error) {
        failing.put(name, error);
        loops.get(name).start();
    }

    /** Has the next turn of a loop fail, and waits for it. */
    public void fail(String name, Error error) {
        failing.put(name, error);
        var loop = loops.get(name);
        Eventually.until(
                () -> {
                    loop.wake();
                    return !failing.containsKey(name);
                },
                () -> name + " takes no turns");
    }

    /** Has the next turn of a loop taken soon. */
    public void wake(String name) {
        loops.get(name).wake();
    }
}
