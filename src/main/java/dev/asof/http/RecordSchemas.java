package dev.asof.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import io.swagger.v3.core.converter.AnnotatedType;
import io.swagger.v3.core.converter.ModelConverter;
import io.swagger.v3.core.converter.ModelConverterContext;
import io.swagger.v3.core.jackson.ModelResolver;
import io.swagger.v3.core.util.Json31;
import io.swagger.v3.oas.models.media.Schema;
import java.lang.reflect.RecordComponent;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Describes records as the server writes them: in snake_case, and with every component required that may not be null.
 * The describing library has a JSON mapper of its own, of another generation than the server's.
 */
final class RecordSchemas extends ModelResolver {

    private static final PropertyNamingStrategies.NamingBase NAMING =
            (PropertyNamingStrategies.NamingBase) PropertyNamingStrategies.SNAKE_CASE;

    private final Map<String, Class<?>> named = new ConcurrentHashMap<>();

    RecordSchemas() {
        super(snakeCase());
        openapi31(true);
    }

    private static ObjectMapper snakeCase() {
        return Json31.mapper().copy().setPropertyNamingStrategy(NAMING);
    }

    @Override
    public @Nullable Schema<?> resolve(
            AnnotatedType annotated, ModelConverterContext context, Iterator<ModelConverter> next) {
        Schema<?> schema = super.resolve(annotated, context, next);
        Class<?> type = _mapper.constructType(annotated.getType()).getRawClass();
        if (schema != null && type.isRecord()) {
            checkName(type, schema);
            describe(type, defined(schema, context));
        }
        return schema;
    }

    /** Two types of one name would be described as one, and one of them wrongly. */
    private void checkName(Class<?> type, Schema<?> schema) {
        String name = schema.get$ref();
        if (name != null) {
            Class<?> other = named.putIfAbsent(name, type);
            if (other != null && other != type) {
                throw new IllegalStateException(
                        "Both %s and %s are described as %s: give one a @Schema(name)".formatted(other, type, name));
            }
        }
    }

    private static @Nullable Schema<?> defined(Schema<?> schema, ModelConverterContext context) {
        String reference = schema.get$ref();
        return reference == null
                ? schema
                : context.getDefinedModels().get(reference.substring(reference.lastIndexOf('/') + 1));
    }

    private static void describe(Class<?> type, @Nullable Schema<?> schema) {
        if (schema == null || schema.getProperties() == null) {
            return;
        }
        for (RecordComponent component : type.getRecordComponents()) {
            String name = NAMING.translate(component.getName());
            Schema<?> property = schema.getProperties().get(name);
            if (property == null) {
                continue;
            }
            if (component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
                allowNull(property);
            } else if (schema.getRequired() == null || !schema.getRequired().contains(name)) {
                schema.addRequiredItem(name);
            }
        }
    }

    /** References and enumerations can't say it; they are only not required. */
    private static void allowNull(Schema<?> property) {
        if (property.getTypes() != null && property.get$ref() == null && property.getEnum() == null) {
            Set<String> types = new LinkedHashSet<>(property.getTypes());
            types.add("null");
            property.setTypes(types);
        }
    }
}
