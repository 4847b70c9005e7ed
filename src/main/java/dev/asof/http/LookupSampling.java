package dev.asof.http;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.util.List;

/** Samples the traces that begin here: a fraction of them, and those of lookups that {@link RequestObservations} chose. */
final class LookupSampling implements Sampler {

    /** Bound in a thread while it answers a lookup that was chosen. */
    static final ScopedValue<Boolean> CHOSEN = ScopedValue.newInstance();

    private final Sampler others;

    private LookupSampling(double probability) {
        this.others = Sampler.traceIdRatioBased(probability);
    }

    /** A caller's decision is followed. */
    static Sampler ofProbability(double probability) {
        return Sampler.parentBased(new LookupSampling(probability));
    }

    @Override
    public SamplingResult shouldSample(
            Context parent, String traceId, String name, SpanKind kind, Attributes attributes, List<LinkData> links) {
        return CHOSEN.isBound()
                ? SamplingResult.recordAndSample()
                : others.shouldSample(parent, traceId, name, kind, attributes, links);
    }

    @Override
    public String getDescription() {
        return "chosen lookups, of others " + others.getDescription();
    }
}
