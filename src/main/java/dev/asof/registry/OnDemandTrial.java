package dev.asof.registry;

/**
 * An on-demand feature view that is tried and not registered.
 *
 * @param view its first version, resolved against what is current
 * @param inputs the features that it reads, as columns in the order of its inputs
 */
public record OnDemandTrial(RegisteredOnDemandView view, FeatureSelection inputs) {}
