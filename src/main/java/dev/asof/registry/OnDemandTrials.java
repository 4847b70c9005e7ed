package dev.asof.registry;

/** Resolves on-demand feature views as if they were applied, and changes nothing. */
public interface OnDemandTrials {

    /**
     * @param definition as users write it, in JSON; its name is left out
     * @throws dev.asof.shared.AsofException INVALID or MALFORMED_REQUEST with every violation, by paths within the definition
     */
    OnDemandTrial resolve(String definition);
}
