package dev.asof.http;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Shown;
import dev.asof.shared.Suggestions;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.MethodParameter;
import org.springframework.http.HttpHeaders;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Refuses what would otherwise pass unheard: a misspelt query parameter ({@code dryrun} applies for real) and a
 * compressed body, which nothing here unpacks.
 */
@Configuration(proxyBeanMethods = false)
class RequestChecks implements WebMvcConfigurer, HandlerInterceptor {

    private static final int LONGEST_SHOWN = 100;

    @Override
    public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(this).addPathPatterns("/api/**");
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        checkEncoding(request.getHeader(HttpHeaders.CONTENT_ENCODING));
        checkType(request.getContentType());
        if (request.getQueryString() != null && handler instanceof HandlerMethod method) {
            parameters(method).ifPresent(known -> checkNames(names(request.getQueryString()), known));
            checkValues(request, method);
        }
        return true;
    }

    private static void checkEncoding(@Nullable String encoding) {
        if (encoding != null && !encoding.isBlank() && !encoding.equalsIgnoreCase("identity")) {
            throw new AsofException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "Send the body without Content-Encoding '%s': nothing here unpacks it; Parquet compresses itself"
                            .formatted(encoding));
        }
    }

    /** Spring takes a pattern of types for each of them, and stumbles later. */
    private static void checkType(@Nullable String type) {
        if (type != null && type.contains("*") && type.split(";", 2)[0].contains("*")) {
            throw new AsofException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "The Content-Type '%s' names no type: say which the body has, such as application/json"
                            .formatted(Shown.cut(type, LONGEST_SHOWN)));
        }
    }

    private static void checkNames(List<String> names, Set<String> known) {
        var violations = new Violations();
        for (String name : names) {
            if (!known.contains(name)) {
                String here = known.isEmpty()
                        ? "none"
                        : String.join(", ", known.stream().sorted().toList());
                violations.add(
                        "unknown_parameter",
                        () -> Violation.of(
                                name,
                                "unknown_parameter",
                                "There is no query parameter '%s' here; known: %s".formatted(name, here),
                                Suggestions.nearest(name, known)));
            }
        }
        if (!violations.isEmpty()) {
            throw new AsofException(
                    ErrorCode.MALFORMED_REQUEST, violations.shown().getFirst().message(), violations);
        }
    }

    /**
     * A flag or number without a value, as {@code ?dry_run}, would count as left out, and apply for real; of one given
     * twice, one value would be passed over.
     */
    private static void checkValues(HttpServletRequest request, HandlerMethod method) {
        for (MethodParameter parameter : method.getMethodParameters()) {
            Class<?> type = parameter.getParameterType();
            if (!parameter.hasParameterAnnotation(RequestParam.class)
                    || Collection.class.isAssignableFrom(type)
                    || Map.class.isAssignableFrom(type)) {
                continue;
            }
            String name = name(parameter);
            String[] values = request.getParameterValues(name);
            if (values != null && values.length > 1) {
                throw malformed(
                        name,
                        "duplicate_parameter",
                        "'%s' is given %s times: give it once".formatted(name, values.length));
            }
            if (values != null && values[0].isEmpty() && type != String.class) {
                throw malformed(
                        name, "type", "'%s' has no value: give it one, as %s=…, or leave it out".formatted(name, name));
            }
        }
    }

    private static AsofException malformed(String name, String code, String message) {
        return new AsofException(ErrorCode.MALFORMED_REQUEST, message, List.of(Violation.of(name, code, message)));
    }

    /** The parameters a handler takes; empty when it takes any. */
    private static Optional<Set<String>> parameters(HandlerMethod method) {
        var annotated = Arrays.stream(method.getMethodParameters())
                .filter(parameter -> parameter.hasParameterAnnotation(RequestParam.class))
                .toList();
        return annotated.stream().anyMatch(parameter -> Map.class.isAssignableFrom(parameter.getParameterType()))
                ? Optional.empty()
                : Optional.of(annotated.stream().map(RequestChecks::name).collect(Collectors.toSet()));
    }

    private static String name(MethodParameter parameter) {
        RequestParam annotation = parameter.getParameterAnnotation(RequestParam.class);
        return annotation != null && !annotation.name().isEmpty()
                ? annotation.name()
                : String.valueOf(parameter.getParameter().getName());
    }

    private static List<String> names(String query) {
        try {
            return Arrays.stream(query.split("&"))
                    .map(pair -> pair.replaceFirst("=.*", ""))
                    .filter(name -> !name.isEmpty())
                    .map(name -> URLDecoder.decode(name, StandardCharsets.UTF_8))
                    .distinct()
                    .toList();
        } catch (IllegalArgumentException e) {
            throw new AsofException(
                    ErrorCode.MALFORMED_REQUEST,
                    "The query parameters can't be decoded: percent-encode them as UTF-8",
                    e);
        }
    }
}
