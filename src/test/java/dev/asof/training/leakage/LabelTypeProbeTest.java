package dev.asof.training.leakage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.formats.ResultColumn;
import dev.asof.shared.ScalarType;
import dev.asof.training.DatasetRow;
import dev.asof.training.leakage.LeakageReport.Outcome;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LabelTypeProbeTest {

    private static LeakageProbe.Result probe(ScalarType type, @Nullable Object... labels) {
        var columns = List.of(new ResultColumn("as_of", ScalarType.TIMESTAMP), new ResultColumn("label", type));
        var shape = new DatasetRow.Shape(columns, 0, List.of(), 2);
        var probe = new LabelTypeProbe(shape, 1);
        for (int i = 0; i < labels.length; i++) {
            var values = new @Nullable Object[] {Instant.EPOCH, labels[i]};
            probe.add(new DatasetRow(shape, i + 1, values, new Instant[0], new Instant[0]));
        }
        return probe.results().getFirst();
    }

    @Test
    void aLabelThatTurnedOutTextIsTold() {
        var result = probe(ScalarType.STRING, "1.0", "2.0", "n/a", null);

        assertThat(result.outcome().outcome()).isEqualTo(Outcome.FOUND);
        assertThat(result.findings().getFirst().message()).contains("2 of its 3 values", "'n/a'", "types");
        assertThat(probe(ScalarType.STRING, "1.10", "2").findings().getFirst().message())
                .contains("1.10 or 007");
    }

    @Test
    void classesAndNumbersAreNot() {
        assertThat(probe(ScalarType.STRING, "cat", "dog", null).findings()).isEmpty();
        assertThat(probe(ScalarType.FLOAT64, 1.5).findings()).isEmpty();
    }
}
