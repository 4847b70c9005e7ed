package dev.asof.registry.web;

import dev.asof.http.RouteWords;
import dev.asof.registry.DefinitionKind;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/api/v1/sources")
@Tag(name = "Sources")
@RouteWords(one = "a source", many = "sources", exampleName = "flights", exampleBody = DefinitionDocs.SOURCE)
class SourceController extends DefinitionController {

    SourceController(DefinitionApi api) {
        super(DefinitionKind.SOURCE, api);
    }
}
