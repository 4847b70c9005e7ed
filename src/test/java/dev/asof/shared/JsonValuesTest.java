package dev.asof.shared;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

@NullMarked
class JsonValuesTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Test
    void J1_int64IsExactAndTextWhenAsked() {
        assertThat(written(ScalarType.INT64, Long.MIN_VALUE, false)).isEqualTo("-9223372036854775808");
        assertThat(written(ScalarType.INT64, Long.MAX_VALUE, true)).isEqualTo("\"9223372036854775807\"");
        assertThat(written(ListType.of(ScalarType.INT64), List.of(1L, 2L), true))
                .isEqualTo("[\"1\",\"2\"]");
        assertThat(written(ScalarType.INT32, 7, true)).isEqualTo("7");
    }

    @Test
    void J1_nonFiniteFloatsAreTheirTokens() {
        assertThat(written(ScalarType.FLOAT64, Double.NaN, false)).isEqualTo("\"NaN\"");
        assertThat(written(ScalarType.FLOAT64, Double.POSITIVE_INFINITY, false)).isEqualTo("\"Infinity\"");
        assertThat(written(ScalarType.FLOAT32, Float.NEGATIVE_INFINITY, false)).isEqualTo("\"-Infinity\"");
    }

    @Test
    void aFloat32IsWrittenWithItsOwnDigits() {
        assertThat(written(ScalarType.FLOAT32, 0.1f, false)).isEqualTo("0.1");
        assertThat(written(ScalarType.FLOAT64, 0.1, false)).isEqualTo("0.1");
    }

    @Test
    void everyOtherTypeHasItsForm() {
        assertThat(written(ScalarType.BOOLEAN, true, false)).isEqualTo("true");
        assertThat(written(ScalarType.STRING, "a\"é\u0001", false)).isEqualTo("\"a\\\"é\\u0001\"");
        assertThat(written(ScalarType.BYTES, new byte[] {1, 2, (byte) 255}, false))
                .isEqualTo("\"AQL/\"");
        assertThat(written(ScalarType.TIMESTAMP, Instant.parse("2026-11-21T07:48:00Z"), false))
                .isEqualTo("\"2026-11-21T07:48:00.000000Z\"");
    }

    @Test
    void nullsStandWhereTheyAre() {
        assertThat(written(ScalarType.INT64, null, true)).isEqualTo("null");
        assertThat(written(ListType.of(ScalarType.FLOAT32), Arrays.asList(1f, null), false))
                .isEqualTo("[1.0,null]");
        assertThat(written(ListType.of(ScalarType.STRING), List.of(), false)).isEqualTo("[]");
    }

    private static String written(ValueType type, @Nullable Object value, boolean int64AsText) {
        var text = new StringWriter();
        try (var json = JSON.createGenerator(text)) {
            JsonValues.write(json, type, value, int64AsText);
        }
        return text.toString();
    }
}
