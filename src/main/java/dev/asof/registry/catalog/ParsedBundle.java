package dev.asof.registry.catalog;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.EntityDefinition;
import dev.asof.registry.FeatureServiceDefinition;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.SourceDefinition;
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
public record ParsedBundle(List<ParsedDefinition> definitions, List<BrokenDefinition> broken, Violations violations) {

    /** The violation of text that is neither YAML nor JSON. */
    public static final String SYNTAX = "yaml_syntax";

    public ParsedBundle {
        definitions = List.copyOf(definitions);
        broken = List.copyOf(broken);
    }

    /** Whether a definition of that name stands in the bundle and could not be built. */
    public boolean isBroken(DefinitionKind kind, String name) {
        return broken.contains(new BrokenDefinition(kind, name));
    }

    /**
     * What a server doesn't understand it neither changes nor builds upon.
     *
     * @throws dev.asof.shared.AsofException NEWER_SERVER_NEEDED when the bundle would
     */
    public void requireReadable(Catalog catalog) {
        var unreadable = catalog.unreadable();
        for (var parsed : definitions) {
            unreadable.requireReadable(
                    parsed.definition().kind(), parsed.definition().id());
            switch (parsed.definition()) {
                case EntityDefinition _, SourceDefinition _ -> {}
                case FeatureViewDefinition view -> {
                    unreadable.requireReadable(
                            DefinitionKind.SOURCE, view.source().value());
                    view.entities()
                            .forEach(entity -> unreadable.requireReadable(
                                    DefinitionKind.ENTITY, entity.entity().value()));
                }
                case OnDemandViewDefinition view ->
                    view.inputs().forEach(item -> catalog.requireReadable(item.view(), item.version()));
                case FeatureServiceDefinition service ->
                    service.features().forEach(item -> catalog.requireReadable(item.view(), item.version()));
            }
        }
    }
}
