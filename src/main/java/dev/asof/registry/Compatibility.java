package dev.asof.registry;

/** Tells what a new meaning changes for those who read the one before. */
final class Compatibility {

    private Compatibility() {}

    static Change compare(EntityDefinition before, EntityDefinition after) {
        throw new UnsupportedOperationException("not written yet: " + before + after);
    }

    /** Rule V2: all but {@link Change.Same} and {@link Change.Compatible} is to be refused. */
    static Change compare(SourceDefinition before, SourceDefinition after) {
        throw new UnsupportedOperationException("not written yet: " + before + after);
    }

    /** The new definition with its columns in the order of the log: those there were, then the added ones. */
    static SourceDefinition inLogOrder(SourceDefinition before, SourceDefinition after) {
        throw new UnsupportedOperationException("not written yet: " + before + after);
    }

    /**
     * @param hash of the new meaning ({@link Meaning#hash}); where it alone differs the evaluator changed
     */
    static Change compare(RegisteredView before, FeatureViewDefinition after, ResolvedView resolved, String hash) {
        throw new UnsupportedOperationException("not written yet: " + before + after + resolved + hash);
    }

    /** Compares two versions of a feature service by what they resolve to. */
    static Change compare(FeatureSelection before, FeatureSelection after) {
        throw new UnsupportedOperationException("not written yet: " + before + after);
    }
}
