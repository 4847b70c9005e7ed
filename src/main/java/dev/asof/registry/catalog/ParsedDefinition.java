package dev.asof.registry.catalog;

import dev.asof.registry.Definition;
import dev.asof.shared.Violations;

/**
 * A definition read for form.
 *
 * @param violations of the definition; what is found wrong with it later goes into another gatherer, by
 *     {@link Violations.Part#in}
 */
public record ParsedDefinition(Definition definition, Violations.Part violations) {}
