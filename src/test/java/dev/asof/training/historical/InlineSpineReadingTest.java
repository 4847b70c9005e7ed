package dev.asof.training.historical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.http.JsonRequestReader;
import dev.asof.shared.EndableWork;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class InlineSpineReadingTest {

    private static final String ROW = "{\"meter\": \"m1\", \"as_of\": \"2026-01-01T00:00:00Z\"},";
    private static final byte[] INLINE = "{\"features\": [\"v:f\"], \"spine\": {\"rows\": [%s{}]}}"
            .formatted(ROW.repeat(100_000))
            .getBytes(StandardCharsets.UTF_8);

    private final JsonRequestReader reader = new JsonRequestReader();

    @Test
    void anInlineSpineIsReadNoFurtherWhenItsClientHasLeft() throws Exception {
        assertThat(read()).isNotNull();

        var over = new AtomicBoolean();
        try (var work = EndableWork.begin()) {
            var watch = Thread.ofPlatform().start(() -> {
                while (!over.get()) {
                    work.end();
                    Thread.onSpinWait();
                }
            });
            try {
                assertThatThrownBy(this::read).isInstanceOf(EndableWork.EndedException.class);
            } finally {
                over.set(true);
                watch.join();
            }
        }
        assertThat(Thread.interrupted()).isFalse();
    }

    private HistoricalFeaturesRequest read() throws Exception {
        return reader.read(
                new ByteArrayInputStream(INLINE),
                HistoricalFeaturesRequest.class,
                HistoricalFeaturesRequest.INLINE_SPINES);
    }
}
