package dev.asof.formats;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Suggestions;
import dev.asof.shared.Violation;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.util.MimeTypeUtils;

/** The formats training rows are written in. */
public enum ResultFormat {
    NDJSON("ndjson", "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"),
    CSV("csv", "text/csv", "application/csv"),
    PARQUET("parquet", "application/vnd.apache.parquet", "application/parquet", "application/x-parquet"),
    /** Named as registered: tools take {@code .arrow} for Arrow's other format, the file. */
    ARROW("arrows", "application/vnd.apache.arrow.stream");

    private final String extension;
    private final String mediaType;
    private final List<MediaType> spellings;

    ResultFormat(String extension, String mediaType, String... otherSpellings) {
        this.extension = extension;
        this.mediaType = mediaType;
        this.spellings = java.util.stream.Stream.concat(
                        java.util.stream.Stream.of(mediaType), Arrays.stream(otherSpellings))
                .map(MediaType::parseMediaType)
                .toList();
    }

    public String mediaType() {
        return mediaType;
    }

    /** The ending of a file's name. */
    public String extension() {
        return extension;
    }

    /** The value of {@code ?format=}. */
    private String parameter() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The format a request asks for: its {@code format} parameter before its {@code Accept} header, NDJSON when neither
     * says anything.
     *
     * @throws AsofException MALFORMED_REQUEST for an unknown parameter, NOT_ACCEPTABLE when no accepted type is written
     */
    public static ResultFormat negotiate(@Nullable String parameter, @Nullable String accept) {
        if (parameter != null) {
            return named(parameter);
        }
        if (accept == null || accept.isBlank()) {
            return NDJSON;
        }
        return accepted(accept)
                .orElseThrow(() -> new AsofException(
                        ErrorCode.NOT_ACCEPTABLE,
                        "Training rows are written as %s; none of these is in Accept: %s. ?format= overrides the header"
                                .formatted(
                                        Arrays.stream(values())
                                                .map(ResultFormat::mediaType)
                                                .collect(Collectors.joining(", ")),
                                        accept)));
    }

    private static ResultFormat named(String parameter) {
        var names = Arrays.stream(values()).map(ResultFormat::parameter).toList();
        int index = names.indexOf(parameter.toLowerCase(Locale.ROOT));
        if (index < 0) {
            var message = "There is no format '%s': use one of %s".formatted(parameter, String.join(", ", names));
            throw new AsofException(
                    ErrorCode.MALFORMED_REQUEST,
                    message,
                    List.of(Violation.of("format", "unknown_format", message, Suggestions.nearest(parameter, names))));
        }
        return values()[index];
    }

    private static Optional<ResultFormat> accepted(String accept) {
        List<MediaType> types;
        try {
            types = new java.util.ArrayList<>(MediaType.parseMediaTypes(accept));
        } catch (InvalidMediaTypeException e) {
            throw new AsofException(ErrorCode.MALFORMED_REQUEST, "The Accept header can't be read: " + accept, e);
        }
        types.removeIf(type -> type.getQualityValue() == 0);
        MimeTypeUtils.sortBySpecificity(types);
        types.sort(
                java.util.Comparator.comparingDouble(MediaType::getQualityValue).reversed());
        for (MediaType type : types) {
            for (ResultFormat format : values()) {
                if (format.spellings.stream().anyMatch(type::includes)) {
                    return Optional.of(format);
                }
            }
        }
        return Optional.empty();
    }
}
