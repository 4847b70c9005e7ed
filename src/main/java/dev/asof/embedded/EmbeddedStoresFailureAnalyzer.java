package dev.asof.embedded;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Prints why the embedded stores did not start without a stack trace. */
final class EmbeddedStoresFailureAnalyzer extends AbstractFailureAnalyzer<EmbeddedStoresException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, EmbeddedStoresException cause) {
        return new FailureAnalysis(String.valueOf(cause.getMessage()), null, cause);
    }
}
