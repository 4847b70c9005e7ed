package dev.asof.registry.web;

import dev.asof.http.RouteWords;
import dev.asof.registry.DefinitionKind;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/api/v1/entities")
@Tag(name = "Entities")
@RouteWords(one = "an entity", many = "entities", exampleName = "airport", exampleBody = DefinitionDocs.ENTITY)
class EntityController extends DefinitionController {

    EntityController(DefinitionApi api) {
        super(DefinitionKind.ENTITY, api);
    }
}
