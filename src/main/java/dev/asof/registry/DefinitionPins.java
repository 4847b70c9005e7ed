package dev.asof.registry;

import java.util.List;

/** Rule V4: what other modules keep that depends on exact versions of definitions. */
public interface DefinitionPins {

    /**
     * A version that is pinned.
     *
     * @param hash of its meaning (rule V1)
     */
    record Pin(DefinitionKind kind, String name, int version, String hash) {

        /** As people say it, such as {@code feature view departures@v2}. */
        String label() {
            return "%s %s@v%s".formatted(kind.label(), name, version);
        }
    }

    /**
     * Keeps the view versions of a selection, and the service version it comes from, from being retired and deleted
     * until they are released; in the current transaction, which should end soon.
     *
     * @param dependent what depends on them, as errors name it, such as {@code training dataset delays@v3}
     * @throws dev.asof.shared.AsofException CONFLICT when one of them was retired or deleted meanwhile
     */
    List<Pin> pin(String dependent, FeatureSelection selection);

    void release(String dependent);
}
