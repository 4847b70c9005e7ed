package dev.asof.training.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.formats.ColumnForm;
import dev.asof.formats.ResultColumn;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ColumnStatisticsTest {

    private static ColumnStatistics.Summary summary(ResultColumn column, Object... values) {
        var statistics = new ColumnStatistics(column);
        for (Object value : values) {
            statistics.add(value);
        }
        return statistics.summary();
    }

    @Test
    void lengthsAreWhatLengthCounts() {
        var texts = summary(new ResultColumn("t", ScalarType.STRING), "é", "😀😀", "");
        assertThat(texts.minLength()).isZero();
        assertThat(texts.maxLength()).isEqualTo(2);
        assertThat(summary(new ResultColumn("b", ScalarType.BYTES), new byte[5]).maxLength())
                .isEqualTo(5);
        assertThat(summary(new ResultColumn("l", ListType.of(ScalarType.STRING)), List.of("😀", "a", "b"))
                        .maxLength())
                .isEqualTo(3);
    }

    @Test
    void decimalsAreNumbers() {
        var decimal = new ResultColumn("d", ScalarType.STRING, Optional.of(new ColumnForm.Decimal(5, 2)));
        var summary = summary(decimal, "-1.50", "2.50");
        assertThat(summary.type()).isEqualTo("DECIMAL(5,2)");
        assertThat(summary.min()).isEqualTo(-1.5);
        assertThat(summary.mean()).isEqualTo(0.5);
        assertThat(summary.maxLength()).isNull();
    }
}
