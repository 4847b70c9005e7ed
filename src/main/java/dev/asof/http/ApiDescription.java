package dev.asof.http;

import io.swagger.v3.core.converter.AnnotatedType;
import io.swagger.v3.core.converter.ModelConverter;
import io.swagger.v3.core.converter.ModelConverterContextImpl;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem;
import io.swagger.v3.oas.models.Paths;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.parameters.Parameter;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.servers.Server;
import io.swagger.v3.oas.models.tags.Tag;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;

/** What Swagger UI and {@code openapi/openapi.yaml} say of the API as a whole. */
@Configuration(proxyBeanMethods = false)
class ApiDescription {

    /** The groups, in the order in which one works through them. */
    private static final List<Tag> GROUPS = List.of(
            group("Definitions", "Apply a bundle of definitions, or look at what it would change"),
            group("Entities", "What features describe"),
            group("Sources", "Where rows come from, and the contract they are held to"),
            group("Feature views", "Versioned sets of features of one entity list, computed from one source"),
            group(
                    "On-demand feature views",
                    "Features computed at the moment of asking, from others and from the request"),
            group("Feature services", "The features that one model uses"),
            group("Rows", "Send rows to a source; look at those that broke its contract"),
            group("Materialization", "Backfills of new versions and rebuilds of the online store, as jobs"),
            group("Expressions", "Try an expression on values, or on what a key has now"),
            group("Online features", "The newest feature values, for models in production"),
            group("Training", "Feature values as they were at each label's time"),
            group("Training datasets", "Kept, versioned results of such joins, split and looked over for leakage"),
            group("Jobs", "What works on after its request was answered, of every kind"));

    private static Tag group(String name, String description) {
        return new Tag().name(name).description(description);
    }

    private static final String PROBLEM = "Problem";
    private static final BigDecimal MOST_ON_A_PAGE = BigDecimal.valueOf(500);

    @Bean
    OpenAPI openApi() {
        return new OpenAPI()
                .info(new Info().title("Asof").version("v1").description("""
                    A feature store: one versioned definition feeds the offline store (Postgres, for \
                    training sets that only see what was true at each label's time) and the online store \
                    (Redis, for models in production). The examples run from top to bottom on an empty \
                    server, and on the README's sample.\
                    """))
                .servers(List.of(new Server().url("/").description("This server")))
                .tags(GROUPS);
    }

    @Bean
    ModelConverter recordSchemas() {
        return new RecordSchemas();
    }

    @Bean
    OpenApiCustomizer commonParts(ModelConverter recordSchemas) {
        return api -> {
            var problem = new ModelConverterContextImpl(recordSchemas);
            problem.resolve(new AnnotatedType(Problem.class));
            problem.getDefinedModels().forEach(api.getComponents()::addSchemas);
            api.getPaths().values().stream()
                    .flatMap(path -> path.readOperations().stream())
                    .forEach(operation -> {
                        complete(operation);
                        RequestSchemas.close(operation, api.getComponents().getSchemas());
                    });
        };
    }

    /** Runs last: it only orders what is there, so that the same API is always described by the same text. */
    @Bean
    @Order(Ordered.LOWEST_PRECEDENCE)
    OpenApiCustomizer order() {
        return api -> {
            api.setTags(GROUPS);
            var paths = new Paths();
            api.getPaths().entrySet().stream()
                    .sorted(Comparator.<Map.Entry<String, PathItem>>comparingInt(path -> group(path.getValue()))
                            .thenComparing(path -> path.getKey().length())
                            .thenComparing(Map.Entry.comparingByKey()))
                    .forEach(path -> paths.addPathItem(path.getKey(), path.getValue()));
            api.setPaths(paths);
            api.getComponents().setSchemas(new TreeMap<>(api.getComponents().getSchemas()));
        };
    }

    private static int group(PathItem path) {
        String name = path.readOperations().getFirst().getTags().getFirst();
        return GROUPS.stream().map(Tag::getName).toList().indexOf(name);
    }

    /** What parameters of these names take is the same everywhere. */
    private static void bound(Parameter parameter) {
        Schema<?> schema = parameter.getSchema();
        if ("page_size".equals(parameter.getName())) {
            schema.setMinimum(BigDecimal.ONE);
            schema.setMaximum(MOST_ON_A_PAGE);
        } else if ("int64".equals(parameter.getName())) {
            var words = new StringSchema()._enum(List.of("number", "string"));
            words.setDefault(schema.getDefault());
            parameter.setSchema(words);
        }
    }

    /** Every operation can answer a problem; which of its answers a caller prefers is no parameter of its own. */
    private static void complete(Operation operation) {
        if (operation.getParameters() != null) {
            operation.getParameters().removeIf(parameter -> HttpHeaders.ACCEPT.equals(parameter.getName()));
            operation.getParameters().forEach(ApiDescription::bound);
        }
        operation
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
                                                                .$ref("#/components/schemas/" + PROBLEM)))));
    }
}
