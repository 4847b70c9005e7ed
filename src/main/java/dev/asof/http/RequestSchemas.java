package dev.asof.http;

import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.media.Schema;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Says of what requests are made of that it has no fields but those described: others are refused. */
final class RequestSchemas {

    private final Map<String, Schema> known;
    private final Set<String> seen = new HashSet<>();

    private RequestSchemas(Map<String, Schema> known) {
        this.known = known;
    }

    /** @param known all schemas by their names */
    static void close(Operation operation, Map<String, Schema> known) {
        if (operation.getRequestBody() == null || operation.getRequestBody().getContent() == null) {
            return;
        }
        var schemas = new RequestSchemas(known);
        operation.getRequestBody().getContent().values().forEach(content -> schemas.close(content.getSchema()));
    }

    private void close(@Nullable Schema<?> schema) {
        if (schema == null) {
            return;
        }
        if (schema.get$ref() != null) {
            String name = schema.get$ref().substring(schema.get$ref().lastIndexOf('/') + 1);
            if (seen.add(name)) {
                close(known.get(name));
            }
            return;
        }
        if (schema.getProperties() != null && schema.getAdditionalProperties() == null) {
            schema.setAdditionalProperties(false);
        }
        Stream.of(
                        Stream.ofNullable(schema.getProperties())
                                .map(Map::values)
                                .flatMap(Collection::stream),
                        Stream.of(schema.getItems()),
                        Stream.ofNullable(schema.getAnyOf()).flatMap(Collection::stream),
                        Stream.ofNullable(schema.getOneOf()).flatMap(Collection::stream))
                .flatMap(parts -> parts)
                .filter(Objects::nonNull)
                .forEach(part -> close((Schema<?>) part));
    }
}
