package dev.asof.transform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.transform.ExpressionCompiler.Input;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The five features of the textbooks, as the documentation writes them. */
class TextbookFeaturesTest {

    private static final Inputs INPUTS = Inputs.of(
            List.of(
                    new Input("as_of", ScalarType.TIMESTAMP),
                    new Input("user.signed_up", ScalarType.TIMESTAMP),
                    new Input("user.born", ScalarType.TIMESTAMP),
                    new Input("card.tx_count_30d", ScalarType.INT64),
                    new Input("card.tx_sum_30d", ScalarType.FLOAT64),
                    new Input("card.last_purchases", ListType.of(ScalarType.TIMESTAMP))),
            "input",
            Map.of());

    private static final Instant AS_OF = Instant.parse("2026-11-29T12:00:00Z");

    @Test
    void ofAUserWithPurchases() throws Exception {
        assertThat(values(
                        AS_OF,
                        Instant.parse("2026-11-01T00:00:00Z"),
                        Instant.parse("1990-05-05T00:00:00Z"),
                        19L,
                        475.0,
                        List.of(Instant.parse("2026-11-20T12:00:00Z"), Instant.parse("2026-11-28T00:00:00Z"))))
                .containsExactly(28.5, 3L, StrictMath.log(20), 25.0, 1.5);
    }

    @Test
    void ofAUserWithoutAny() throws Exception {
        assertThat(values(AS_OF, AS_OF, null, 0L, 0.0, List.of())).containsExactly(0.0, null, 0.0, null, null);
    }

    private static List<@Nullable Object> values(@Nullable Object... row) throws Exception {
        var values = new ArrayList<@Nullable Object>();
        for (String expression : documented()) {
            values.add(ExpressionCompiler.compile(expression, INPUTS, Optional.empty())
                    .evaluate(row));
        }
        return values;
    }

    private static List<String> documented() throws IOException {
        String page = Files.readString(Path.of("docs/expressions.md"));
        return page.substring(page.indexOf("## Examples"), page.indexOf("## Types"))
                .lines()
                .filter(line -> line.startsWith("| ") && line.contains("`"))
                .map(line -> line.substring(line.indexOf('`') + 1, line.lastIndexOf('`')))
                .toList();
    }
}
