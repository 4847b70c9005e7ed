package dev.asof.registry;

import dev.asof.shared.Violations;
import java.util.List;

/**
 * A bundle read for form.
 *
 * @param definitions in the order of the bundle; with violations, every definition that could still be built, so that
 *     what refers to it can be checked too. Nothing of a bundle with violations may be applied
 * @param broken the definitions that could not be built, so that references to them are not reported as unknown
 * @param violations in the order of the bundle
 */
record ParsedBundle(List<ParsedDefinition> definitions, List<BrokenDefinition> broken, Violations violations) {
    ParsedBundle {
        definitions = List.copyOf(definitions);
        broken = List.copyOf(broken);
    }
}
