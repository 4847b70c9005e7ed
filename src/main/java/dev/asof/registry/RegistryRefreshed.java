package dev.asof.registry;

/**
 * This server has seen another revision of the registry, whoever made it; published outside of any transaction of the
 * change, once or more often for the same revision.
 */
public record RegistryRefreshed(RegistrySnapshot snapshot) {}
