package dev.asof.http;

import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.tags.Tag;
import java.util.List;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What Swagger UI and {@code openapi/openapi.yaml} say of the API as a whole. */
@Configuration(proxyBeanMethods = false)
class ApiDescription {

    /** The groups, in the order in which one works through them. */
    private static final List<Tag> GROUPS = List.of(
            group("Definitions", "Apply a bundle of definitions, or look at what it would change"),
            group("Entities", "What features describe"),
            group("Sources", "Where rows come from, and the contract they are held to"),
            group("Feature views", "Versioned sets of features of one entity list, computed from one source"),
            group("Feature services", "The features that one model uses"),
            group("Rows", "Send rows to a source; look at those that broke its contract"),
            group("Materialization", "Backfills of new versions and rebuilds of the online store, as jobs"),
            group("Online features", "The newest feature values, for models in production"),
            group("Training", "Feature values as they were at each label's time"));

    private static Tag group(String name, String description) {
        return new Tag().name(name).description(description);
    }

    @Bean
    OpenAPI openApi() {
        return new OpenAPI()
                .info(new Info()
                        .title("Asof")
                        .version("v1")
                        .description("""
                                A feature store: one versioned definition feeds the offline store (Postgres, for \
                                training sets that only see what was true at each label's time) and the online store \
                                (Redis, for models in production). The examples run in sequence on the sample of the \
                                README."""))
                .tags(GROUPS);
    }

    /** Every operation can answer a problem. */
    @Bean
    OpenApiCustomizer problems() {
        return api -> api.getPaths().values().stream()
                .flatMap(path -> path.readOperations().stream())
                .forEach(operation -> operation
                        .getResponses()
                        .addApiResponse(
                                "default",
                                new ApiResponse()
                                        .description("A problem, with everything that is wrong at once")
                                        .content(new Content()
                                                .addMediaType(
                                                        "application/problem+json",
                                                        new MediaType()
                                                                .schema(new Schema<>()
                                                                        .$ref("#/components/schemas/Problem"))))));
    }
}
