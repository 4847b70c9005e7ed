package dev.asof.http;

import dev.asof.shared.AsofException;
import dev.asof.shared.EndableWork;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.JsonFailures;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.MutableCoercionConfig;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/** Reads a request's JSON, refusing fields it doesn't know: a misspelt {@code strict} must not pass unheard. */
@Component
public class JsonRequestReader {

    /**
     * How large a body may be.
     *
     * @param advice what to do with a larger one, in words
     */
    public record Limit(int bytes, String advice) {}

    private final JsonMapper json = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .withCoercionConfig(LogicalType.Textual, JsonRequestReader::refuseNumbers)
            .build();

    /** @throws AsofException MALFORMED_REQUEST with position, or PAYLOAD_TOO_LARGE past the limit */
    public <T> T read(InputStream body, Class<T> type, Limit limit) throws IOException {
        byte[] bytes = body.readNBytes(limit.bytes() + 1);
        if (bytes.length > limit.bytes()) {
            throw new AsofException(
                    ErrorCode.PAYLOAD_TOO_LARGE,
                    "The JSON is larger than %s MiB: %s".formatted(limit.bytes() >> 20, limit.advice()));
        }
        if (bytes.length == 0) {
            throw new AsofException(ErrorCode.MALFORMED_REQUEST, "The request has no body: a JSON object is expected");
        }
        try {
            var request = EndableWork.whileWanted(() -> json.readValue(new Wanted(bytes), type));
            return Objects.requireNonNullElseGet(request, () -> {
                throw new AsofException(ErrorCode.MALFORMED_REQUEST, "A JSON object is expected, found null");
            });
        } catch (JacksonException e) {
            throw unreadable(e);
        }
    }

    /** A body that is read for as long as somebody wants it. */
    private static final class Wanted extends ByteArrayInputStream {

        Wanted(byte[] bytes) {
            super(bytes);
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            HeavyWork.goOn();
            return super.read(buffer, offset, length);
        }
    }

    /** A number or a truth value is no name and no SQL. */
    private static void refuseNumbers(MutableCoercionConfig text) {
        text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
    }

    private static AsofException unreadable(JacksonException e) {
        var violation = JsonFailures.violation(e);
        return new AsofException(
                ErrorCode.MALFORMED_REQUEST,
                "The JSON can't be read%s: %s".formatted(JsonFailures.where(e), violation.message()),
                List.of(violation));
    }
}
