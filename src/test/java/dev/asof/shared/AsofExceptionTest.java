package dev.asof.shared;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class AsofExceptionTest {

    @Test
    void aKindOfSeveralWordsIsOneWordInCodes() {
        assertThat(AsofException.notFound("on-demand feature view", "x", List.of())
                        .violations())
                .extracting(Violation::code)
                .containsExactly("unknown_on_demand_feature_view");
    }
}
