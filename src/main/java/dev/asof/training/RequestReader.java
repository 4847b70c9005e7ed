package dev.asof.training;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Suggestions;
import dev.asof.shared.Violation;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;

/** Reads a request's JSON, refusing fields it doesn't know: a misspelt {@code strict} must not pass unheard. */
@Component
class RequestReader {

    /** Inline spines are held in memory; greater ones come as files. */
    static final int MAX_BYTES = 64 * 1024 * 1024;

    private final JsonMapper json = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** @throws AsofException MALFORMED_REQUEST with position, or PAYLOAD_TOO_LARGE past {@link #MAX_BYTES} */
    HistoricalFeaturesRequest read(InputStream body) throws IOException {
        byte[] bytes = body.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
            throw new AsofException(
                    ErrorCode.PAYLOAD_TOO_LARGE,
                    "The JSON is larger than %d MiB: send the spine as a CSV or Parquet file in a multipart request"
                            .formatted(MAX_BYTES >> 20));
        }
        if (bytes.length == 0) {
            throw new AsofException(ErrorCode.MALFORMED_REQUEST, "The request has no body: a JSON object is expected");
        }
        try {
            var request = json.readValue(bytes, HistoricalFeaturesRequest.class);
            return Objects.requireNonNullElseGet(request, () -> {
                throw new AsofException(ErrorCode.MALFORMED_REQUEST, "A JSON object is expected, found null");
            });
        } catch (UnrecognizedPropertyException e) {
            throw unknownField(e);
        } catch (JacksonException e) {
            throw unreadable(e);
        }
    }

    private static AsofException unknownField(UnrecognizedPropertyException e) {
        var known = e.getKnownPropertyIds().stream().map(String::valueOf).toList();
        var message = "There is no field '%s': use %s".formatted(e.getPropertyName(), String.join(", ", known));
        return new AsofException(
                ErrorCode.MALFORMED_REQUEST,
                message,
                List.of(Violation.of(
                        e.getPropertyName(),
                        "unknown_field",
                        message,
                        Suggestions.nearest(e.getPropertyName(), known))));
    }

    private static AsofException unreadable(JacksonException e) {
        var location = e.getLocation();
        var message = "The JSON can't be read: " + e.getOriginalMessage();
        var violation = Violation.of(null, "malformed_json", message);
        boolean placed = location != null && location.getLineNr() > 0;
        return new AsofException(
                ErrorCode.MALFORMED_REQUEST,
                placed
                        ? "%s (line %d, column %d)".formatted(message, location.getLineNr(), location.getColumnNr())
                        : message,
                List.of(placed ? violation.atLine(location.getLineNr()) : violation));
    }
}
