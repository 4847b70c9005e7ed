package dev.asof.ingestion.table;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueConverter;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ComparedValuesTest {

    private static final ValueConverter.Options OPTIONS = new ValueConverter.Options(Optional.empty(), false, true);

    @Test
    void onlyTheSpacesThatPadAValueDoNotCount() {
        var padded = new ComparedValues(ScalarType.STRING, OPTIONS, true);

        assertThat(padded.of("ab  ")).isEqualTo("ab");
        assertThat(padded.of("ab\t  ")).as("another value than ab").isEqualTo("ab\t");
        assertThat(padded.of("   ")).isEqualTo("");
        assertThat(padded.of(List.of("a ", "b\n"))).isEqualTo(List.of("a", "b\n"));
        assertThat(new ComparedValues(ScalarType.STRING, OPTIONS, false).of("ab "))
                .isEqualTo("ab ");
    }
}
