package dev.asof.http;

import java.util.List;
import org.springframework.boot.http.converter.autoconfigure.ServerHttpMessageConvertersCustomizer;
import org.springframework.http.converter.ByteArrayHttpMessageConverter;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.converter.HttpMessageConverters;
import org.springframework.http.converter.ResourceHttpMessageConverter;
import org.springframework.http.converter.ResourceRegionHttpMessageConverter;
import org.springframework.http.converter.StringHttpMessageConverter;
import org.springframework.http.converter.json.JacksonJsonHttpMessageConverter;
import org.springframework.stereotype.Component;

/**
 * Objects are read and written as JSON alone. Other formats would be spoken as soon as some library for them is on the
 * class path, with rules of their own: YAML was, and took fields that there are not. What is YAML here is read and
 * written by the registry, as text.
 */
@Component
class JsonAlone implements ServerHttpMessageConvertersCustomizer {

    private static final List<Class<?>> KEPT = List.of(
            ByteArrayHttpMessageConverter.class,
            StringHttpMessageConverter.class,
            ResourceHttpMessageConverter.class,
            ResourceRegionHttpMessageConverter.class,
            JacksonJsonHttpMessageConverter.class);

    @Override
    public void customize(HttpMessageConverters.ServerBuilder converters) {
        converters.configureMessageConvertersList(list -> list.removeIf(converter -> !isKept(converter)));
    }

    private static boolean isKept(HttpMessageConverter<?> converter) {
        return KEPT.stream().anyMatch(kept -> kept.isInstance(converter));
    }
}
