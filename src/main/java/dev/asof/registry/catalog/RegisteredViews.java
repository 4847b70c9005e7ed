package dev.asof.registry.catalog;

import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.VersionState;
import dev.asof.shared.ViewVersion;
import dev.asof.transform.ExpressionCompiler;
import java.time.Instant;
import java.util.List;

/**
 * Makes view versions: the one place where a definition, what it was resolved to against its entities and its source, and
 * what is recorded of the version come together, whether the version is planned, registered or read again.
 */
public final class RegisteredViews {

    /**
     * What is recorded of a version.
     *
     * @param id 0 of one that is not stored yet
     */
    public record Facts(long id, int version, VersionState state, String hash, boolean breaking, Instant createdAt) {}

    private RegisteredViews() {}

    /** @param resolved without problems, just now, so that this server's evaluator computes it */
    public static RegisteredView of(FeatureViewDefinition definition, ResolvedView resolved, Facts facts) {
        return view(
                definition,
                resolved.keys(),
                resolved.features(),
                ExpressionCompiler.EVALUATOR_VERSION,
                resolved.rowId(),
                facts);
    }

    /** @param resolved as it was stored when the version was registered, by {@link StoredMeaning} */
    static RegisteredView of(FeatureViewDefinition definition, Json resolved, Facts facts) {
        var stored = StoredMeaning.readView(resolved);
        return view(
                definition,
                StoredMeaning.keysOf(stored),
                StoredMeaning.featuresOf(stored, definition),
                StoredMeaning.evaluatorOf(stored),
                StoredMeaning.rowIdOf(stored),
                facts);
    }

    private static RegisteredView view(
            FeatureViewDefinition definition,
            List<RegisteredView.Key> keys,
            List<RegisteredView.Feature> features,
            int evaluator,
            List<RegisteredView.Key> rowId,
            Facts facts) {
        return new RegisteredView(
                facts.id(),
                new ViewVersion(definition.name(), facts.version()),
                facts.state(),
                facts.hash(),
                evaluator,
                facts.breaking(),
                keys,
                features,
                definition,
                facts.createdAt(),
                rowId);
    }
}
