package dev.asof.offline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.offline.VisibleBatches.Range;
import org.junit.jupiter.api.Test;

class VisibleBatchesTest {

    @Test
    void A7_whatIsNotVisibleIsInFlightOrYetToCome() {
        var visible = new VisibleBatches("{[2,7),[8,13)}");
        assertThat(visible.highest()).isEqualTo(12);
        assertThat(visible.missing()).containsExactly(new Range(1, 1), new Range(7, 7));
        assertThat(visible.unseen()).isEqualTo("{[1,2),[7,8),[13,)}");
    }

    @Test
    void A7_beforeTheFirstBatchNoneIsVisible() {
        var visible = new VisibleBatches("{}");
        assertThat(visible.highest()).isZero();
        assertThat(visible.missing()).isEmpty();
        assertThat(visible.unseen()).isEqualTo("{[1,)}");
    }

    @Test
    void whatIsNoMultirangeIsRefused() {
        assertThatThrownBy(() -> new VisibleBatches("{[1,2)}'; drop table x --"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
