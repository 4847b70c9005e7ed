package dev.asof.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.otlp.OtlpTracingAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.http.server.observation.DefaultServerRequestObservationConvention;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.web.servlet.HandlerMapping;

/** Lookups that nobody traces are timed as all others, and have ids. */
class RequestObservationsTest {

    private static final String NAME = "http.server.requests";
    private static final String LOOKUP = "/api/v1/online-features";

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<SamplingDecision> observed = new ArrayList<>();

    @Test
    void aLookupThatIsNotSampledIsTimedAndHasIdsOfItsOwn() throws Exception {
        var ids = new HashSet<String>();
        for (int i = 0; i < 100; i++) {
            filter(0, lookup(), (_, _) -> {
                assertThat(MDC.get("traceId")).matches("[0-9a-f]{32}");
                assertThat(MDC.get("spanId")).matches("[0-9a-f]{16}");
                ids.add(MDC.get("traceId"));
            });
        }
        assertThat(ids).hasSize(100);
        assertThat(MDC.get("traceId")).isNull();
        assertThat(observed).isEmpty();
        assertThat(count("200", "SUCCESS", LOOKUP, "none")).isEqualTo(100);
    }

    @Test
    void aSampledLookupIsObservedAndItsTraceBeginsSampled() throws Exception {
        filter(1, lookup(), (_, _) -> {});

        assertThat(observed).containsExactly(SamplingDecision.RECORD_AND_SAMPLE);
    }

    @Test
    void aCallersTraceIsContinuedWhateverIsSampledHere() throws Exception {
        var request = lookup();
        request.addHeader("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");

        filter(0, request, (_, _) -> {});

        assertThat(observed).containsExactly(SamplingDecision.DROP);
    }

    @Test
    void otherRequestsAreObservedAsEver() throws Exception {
        var request = new MockHttpServletRequest("GET", "/api/v1/sources");
        request.setServletPath("/api/v1/sources");

        filter(0, request, (_, _) -> {});

        assertThat(observed).containsExactly(SamplingDecision.DROP);
    }

    @Test
    void aLookupThatFailsIsTimedByItsStatusOrAsAFailure() throws Exception {
        filter(0, lookup(), (_, response) -> ((HttpServletResponse) response).setStatus(503));
        assertThat(count("503", "SERVER_ERROR", LOOKUP, "none")).isOne();

        assertThatThrownBy(() -> filter(0, lookup(), (_, _) -> {
                    throw new IOException("gone");
                }))
                .isInstanceOf(IOException.class);
        assertThat(count("500", "SERVER_ERROR", LOOKUP, "IOException")).isOne();
    }

    @Test
    void lookupsAreSampledOnlyWhereSpansAreSentSomewhere() {
        var server = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(OtlpTracingAutoConfiguration.class));

        server.run(context ->
                assertThat(ObservationConfiguration.isSentSomewhere(context)).isFalse());
        server.withPropertyValues("management.opentelemetry.tracing.export.otlp.endpoint=http://localhost:1/v1/traces")
                .run(context -> assertThat(ObservationConfiguration.isSentSomewhere(context))
                        .isTrue());
    }

    private long count(String status, String outcome, String uri, String exception) {
        return meters.get(NAME)
                .tags("status", status, "outcome", outcome, "uri", uri, "method", "POST", "exception", exception)
                .timer()
                .count();
    }

    private static MockHttpServletRequest lookup() {
        var request = new MockHttpServletRequest("POST", LOOKUP);
        request.setServletPath(LOOKUP);
        request.setAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE, LOOKUP);
        return request;
    }

    private void filter(double probability, MockHttpServletRequest request, FilterChain chain)
            throws ServletException, IOException {
        var observations = ObservationRegistry.create();
        var sampler = LookupSampling.ofProbability(0);
        observations.observationConfig().observationHandler(new ObservationHandler<Observation.Context>() {
            @Override
            public void onStart(Observation.Context context) {
                observed.add(sampler.shouldSample(
                                Context.root(),
                                "0af7651916cd43dd8448eb211c80319c",
                                "lookup",
                                SpanKind.SERVER,
                                Attributes.empty(),
                                List.of())
                        .getDecision());
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
        new RequestObservations(
                        observations, new DefaultServerRequestObservationConvention(NAME), meters, NAME, probability)
                .doFilter(request, new MockHttpServletResponse(), chain);
    }
}
