package dev.asof.registry;

/** Rule V1: what identifies a version. Two definitions with the same hash mean the same. */
final class Meaning {

    private Meaning() {}

    static String hash(EntityDefinition entity) {
        throw new UnsupportedOperationException("not written yet: " + entity);
    }

    static String hash(SourceDefinition source) {
        throw new UnsupportedOperationException("not written yet: " + source);
    }

    /** @param resolved without problems, against this source */
    static String hash(FeatureViewDefinition view, ResolvedView resolved, SourceDefinition source) {
        throw new UnsupportedOperationException("not written yet: " + view + resolved + source);
    }

    /** Of a feature service: the exact view versions, features and keys it resolved to. */
    static String hash(FeatureSelection service) {
        throw new UnsupportedOperationException("not written yet: " + service);
    }
}
