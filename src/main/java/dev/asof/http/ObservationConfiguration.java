package dev.asof.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import jakarta.servlet.DispatcherType;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.http.server.observation.DefaultServerRequestObservationConvention;
import org.springframework.web.filter.ServerHttpObservationFilter;

/** How requests are timed and traced, in place of what Spring Boot sets up. */
@Configuration(proxyBeanMethods = false)
class ObservationConfiguration {

    private static final String PROBABILITY = "${management.tracing.sampling.probability}";

    @Bean
    FilterRegistrationBean<ServerHttpObservationFilter> requestObservations(
            ObservationRegistry observations,
            MeterRegistry meters,
            @Value("${management.observations.http.server.requests.name:http.server.requests}") String name,
            @Value(PROBABILITY) double probability,
            ListableBeanFactory beans) {
        var filter = new RequestObservations(
                observations,
                new DefaultServerRequestObservationConvention(name),
                meters,
                name,
                isSentSomewhere(beans) ? probability : 0);
        var registration = new FilterRegistrationBean<ServerHttpObservationFilter>(filter);
        registration.setOrder(Ordered.HIGHEST_PRECEDENCE + 1);
        registration.setDispatcherTypes(DispatcherType.REQUEST, DispatcherType.ASYNC);
        return registration;
    }

    /** Whether spans leave the server: there is no use in sampling lookups for nobody. */
    static boolean isSentSomewhere(ListableBeanFactory beans) {
        return beans.getBeanNamesForType(SpanExporter.class, true, false).length > 0;
    }

    @Bean
    Sampler traceSampler(@Value(PROBABILITY) double probability) {
        return LookupSampling.ofProbability(probability);
    }
}
