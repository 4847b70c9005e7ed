package dev.asof.registry;

import java.util.Map;
import java.util.Optional;

/** What people say about a definition; never part of its meaning (rule V1). */
public record Metadata(Optional<String> description, Optional<String> owner, Map<String, String> tags) {

    public static final Metadata NONE = new Metadata(Optional.empty(), Optional.empty(), Map.of());

    public Metadata {
        tags = java.util.Collections.unmodifiableMap(new java.util.TreeMap<>(tags));
    }
}
