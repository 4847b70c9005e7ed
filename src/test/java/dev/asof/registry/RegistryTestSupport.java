package dev.asof.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.registry.planning.Plan;
import dev.asof.registry.planning.RegistryService;
import dev.asof.registry.reading.BundleReader;
import dev.asof.shared.AsofException;
import dev.asof.shared.BackgroundLoops;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.ViewVersion;
import dev.asof.shared.Violation;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import org.springframework.context.event.EventListener;
import org.springframework.dao.DataAccessException;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Applies bundles and listens to what they do. */
@TestConfiguration(proxyBeanMethods = false)
public class RegistryTestSupport {

    static final Instant NOW = Instant.parse("2026-11-21T07:48:00.123456Z");

    static final String CARDS = """
        kind: entity
        name: card
        owner: fraud
        keys: [{name: card_id, type: STRING}]
        ---
        kind: source
        name: transactions
        type: push
        columns:
          - {name: ts, type: TIMESTAMP}
          - {name: cc_num, type: STRING, required: true}
          - {name: amount, type: FLOAT64}
        event_timestamp: ts
        """;

    static final String ACTIVITY = """
        kind: feature_view
        name: card_activity
        entities: [{name: card, keys: {card_id: cc_num}}]
        source: transactions
        ttl: 30d
        features:
          - {name: last_amount, column: amount}
          - {name: last_time, column: ts}
        """;

    static final String SERVICE = """
        kind: feature_service
        name: fraud_model
        features: ["card_activity:*"]
        """;

    static final String ALL = join(CARDS, ACTIVITY, SERVICE);

    static String join(String... documents) {
        return String.join("---\n", documents);
    }

    @Bean
    @Primary
    Clock fixedClock() {
        return Clock.fixed(NOW, ZoneOffset.UTC);
    }

    @Bean
    BackgroundLoops loops(MeterRegistry meters) {
        return new BackgroundLoops(meters, failure -> failure instanceof DataAccessException);
    }

    @Bean
    HeavyWork heavy(BackgroundLoops loops) {
        return new HeavyWork(2, Duration.ofSeconds(10), Duration.ofSeconds(30), loops);
    }

    @Bean
    Fixture fixture(RegistryService registry, JdbcClient jdbc) {
        return new Fixture(registry, jdbc);
    }

    @Bean
    Problems problems() {
        return new Problems();
    }

    /** What tests do most. */
    public static class Fixture {

        private final RegistryService registry;
        private final JdbcClient jdbc;
        private final List<RegistryEvents> events = new CopyOnWriteArrayList<>();
        private volatile Runnable reaction = () -> {};

        Fixture(RegistryService registry, JdbcClient jdbc) {
            this.registry = registry;
            this.jdbc = jdbc;
        }

        @EventListener
        void on(RegistryEvents event) {
            events.add(event);
            reaction.run();
        }

        public void empty() throws InterruptedException {
            reaction = () -> {};
            jdbc.sql("truncate asof.definition, asof.definition_version").update();
            jdbc.sql("update asof.registry_revision set revision = revision + 1")
                    .update();
            awaitRevision();
            events.clear();
        }

        public void awaitRevision() throws InterruptedException {
            long revision = revision();
            for (int i = 0; i < 500 && registry.current().revision() < revision; i++) {
                Thread.sleep(10);
            }
            assertThat(registry.current().revision()).isEqualTo(revision);
        }

        long revision() {
            return jdbc.sql("select revision from asof.registry_revision")
                    .query(Long.class)
                    .single();
        }

        /** What a listener does on every event. */
        void onEvents(Runnable reaction) {
            this.reaction = reaction;
        }

        public List<RegistryEvents> events() {
            return List.copyOf(events);
        }

        public Plan apply(String... documents) {
            return registry.apply(BundleReader.read(join(documents)), false, false);
        }

        Plan dryRun(String... documents) {
            return registry.apply(BundleReader.read(join(documents)), true, false);
        }

        Plan prune(String... documents) {
            return registry.apply(BundleReader.read(join(documents)), false, true);
        }

        void ready(String view, int version) {
            registry.markReady(version(view, version));
        }

        public static ViewVersion version(String view, int version) {
            return new ViewVersion(new FeatureViewName(view), version);
        }

        int currentVersion(String view) {
            return registry.current()
                    .currentView(new FeatureViewName(view))
                    .map(current -> current.version().version())
                    .orElse(0);
        }
    }

    /** As the http module answers. */
    @RestControllerAdvice
    static class Problems {

        record Problem(String code, String detail, List<Violation> violations) {}

        @ExceptionHandler
        ResponseEntity<Problem> on(AsofException e) {
            return ResponseEntity.status(e.code().status())
                    .body(new Problem(e.code().code(), String.valueOf(e.getMessage()), e.violations()));
        }
    }
}
