package dev.asof.registry;

import java.util.Map;

/** Writes definitions as a user would; {@link BundleReader} reads an equal definition back. */
final class DefinitionWriter {

    private DefinitionWriter() {}

    /** Ordered; of strings, numbers, booleans, lists and maps alone. */
    static Map<String, Object> toMap(Definition definition) {
        throw new UnsupportedOperationException("not written yet: " + definition);
    }

    static String toYaml(Definition definition) {
        throw new UnsupportedOperationException("not written yet: " + definition);
    }
}
