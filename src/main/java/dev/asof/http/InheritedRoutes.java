package dev.asof.http;

import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.media.MediaType;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.springdoc.core.customizers.OperationCustomizer;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.stereotype.Component;
import org.springframework.web.method.HandlerMethod;

/** Describes routes that several controllers inherit in the words of each, by its {@link RouteWords}. */
@Component
class InheritedRoutes implements OperationCustomizer {

    private static final String YAML = "application/yaml";

    @Override
    public Operation customize(Operation operation, HandlerMethod handler) {
        var words = AnnotationUtils.findAnnotation(handler.getBeanType(), RouteWords.class);
        return words == null ? operation : describe(operation, words);
    }

    private static Operation describe(Operation operation, RouteWords words) {
        operation.setOperationId(filled(operation.getOperationId(), words));
        operation.setSummary(filled(operation.getSummary(), words));
        if (operation.getParameters() != null) {
            operation.getParameters().stream()
                    .filter(parameter -> parameter.getName().equals("name"))
                    .forEach(parameter -> parameter.setExample(words.exampleName()));
        }
        Optional.ofNullable(operation.getRequestBody())
                .map(body -> body.getContent().get(YAML))
                .ifPresent((MediaType yaml) -> yaml.setExample(words.exampleBody()));
        return operation;
    }

    private static String filled(String text, RouteWords words) {
        String one = words.one();
        return text.replace("{one}", one)
                .replace("{many}", words.many())
                .replace("{One}", joined(one.substring(one.indexOf(' ') + 1)))
                .replace("{Many}", joined(words.many()));
    }

    /** As {@code FeatureView} for {@code feature view}. */
    private static String joined(String words) {
        return Arrays.stream(words.split("[ -]"))
                .map(word -> Character.toUpperCase(word.charAt(0)) + word.substring(1))
                .collect(Collectors.joining());
    }
}
