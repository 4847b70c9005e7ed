package dev.asof.registry.web;

import dev.asof.http.RouteWords;
import dev.asof.registry.DefinitionKind;
import dev.asof.registry.FeatureServiceDefinition;
import dev.asof.registry.ServiceVersion;
import dev.asof.registry.planning.RegistryService;
import dev.asof.registry.web.DefinitionAnswers.SchemaAnswer;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.Map;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/api/v1/feature-services")
@Tag(name = "Feature services")
@RouteWords(
        one = "a feature service",
        many = "feature services",
        exampleName = "delay_model",
        exampleBody = DefinitionDocs.FEATURE_SERVICE)
class FeatureServiceController extends DefinitionController {

    private final RegistryService registry;

    FeatureServiceController(DefinitionApi api, RegistryService registry) {
        super(DefinitionKind.FEATURE_SERVICE, api);
        this.registry = registry;
    }

    @PostMapping("/{name}/versions/{version}/retire")
    @Operation(
            operationId = "retireFeatureServiceVersion",
            summary = "Retire a version",
            description = "Stop serving a version; the view versions it pins are free again")
    @DefinitionDocs.AnswersDefinition
    Map<String, Object> retire(@PathVariable String name, @Parameter(example = "1") @PathVariable int version) {
        var stored = registry.catalog().get(DefinitionKind.FEATURE_SERVICE, name, version);
        var service = ((FeatureServiceDefinition) stored.definition()).name();
        registry.retire(new ServiceVersion(service, stored.version()));
        return version(name, version);
    }

    @GetMapping("/{reference}/schema")
    @Operation(
            operationId = "getFeatureServiceSchema",
            summary = "Get the keys a request carries and the columns it gets, with types",
            description = "The path names the service, or one version of it: fraud_model@v2")
    SchemaAnswer schema(@Parameter(example = "delay_model") @PathVariable String reference) {
        return SchemaAnswer.of(registry.catalog().serviceVersion(reference));
    }
}
