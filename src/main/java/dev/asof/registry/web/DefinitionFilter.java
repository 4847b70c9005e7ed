package dev.asof.registry.web;

import dev.asof.registry.Definition;
import dev.asof.registry.EntityDefinition;
import dev.asof.registry.FeatureServiceDefinition;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.Metadata;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.SourceDefinition;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which definitions a list holds: those that satisfy everything asked.
 *
 * @param tags {@code key:value}, or {@code key} for any value; null for any tags
 * @param owner exact; null for any
 * @param text found in the name, the description, a tag or a part's name, in any case; null for any
 */
record DefinitionFilter(
        @Nullable List<String> tags,
        @Nullable String owner,
        @Nullable String text) {

    boolean matches(Definition definition) {
        var metadata = definition.metadata();
        return (tags == null || tags.stream().allMatch(tag -> hasTag(metadata, tag)))
                && (owner == null || metadata.owner().filter(owner::equals).isPresent())
                && (text == null || hasText(definition, text.toLowerCase(Locale.ROOT)));
    }

    private static boolean hasTag(Metadata metadata, String tag) {
        int colon = tag.indexOf(':');
        return colon < 0
                ? metadata.tags().containsKey(tag)
                : tag.substring(colon + 1).equals(metadata.tags().get(tag.substring(0, colon)));
    }

    private static boolean hasText(Definition definition, String lowerCase) {
        var metadata = definition.metadata();
        var tags = metadata.tags().entrySet().stream().flatMap(tag -> Stream.of(tag.getKey(), tag.getValue()));
        return Stream.of(Stream.of(definition.id()), metadata.description().stream(), tags, parts(definition))
                .flatMap(texts -> texts)
                .anyMatch(candidate -> candidate.toLowerCase(Locale.ROOT).contains(lowerCase));
    }

    private static Stream<String> parts(Definition definition) {
        return switch (definition) {
            case EntityDefinition entity -> entity.keys().stream().map(EntityDefinition.JoinKey::name);
            case SourceDefinition source ->
                source.columns().stream()
                        .flatMap(column -> Stream.concat(Stream.of(column.name()), column.description().stream()));
            case FeatureViewDefinition view ->
                view.features().stream()
                        .flatMap(feature -> Stream.concat(Stream.of(feature.name()), feature.description().stream()));
            case OnDemandViewDefinition view ->
                Stream.concat(
                        view.request().stream()
                                .flatMap(value -> Stream.concat(Stream.of(value.name()), value.description().stream())),
                        view.features().stream()
                                .flatMap(feature ->
                                        Stream.concat(Stream.of(feature.name()), feature.description().stream())));
            case FeatureServiceDefinition service ->
                service.features().stream()
                        .flatMap(item -> Stream.concat(Stream.of(item.view().value()), item.features().stream()));
        };
    }
}
