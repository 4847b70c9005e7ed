package dev.asof.registry;

/** Reads bundles of definitions, in YAML 1.2 or JSON. */
final class BundleReader {

    private BundleReader() {}

    /** Reads a bundle: YAML documents, a JSON object or array, or {@code {"definitions": [...]}}. */
    static ParsedBundle read(String text) {
        throw new UnsupportedOperationException("not written yet: " + text);
    }

    /** Reads one definition whose kind and name are known; the text may repeat them but not contradict them. */
    static ParsedBundle readOne(DefinitionKind kind, String name, String text) {
        throw new UnsupportedOperationException("not written yet: " + kind + name + text);
    }
}
