package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.offline.HistoryCopies;
import dev.asof.registry.Registry;
import dev.asof.registry.VersionState;
import dev.asof.support.Eventually;
import dev.asof.support.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;

/** The same with copies of the histories, begun while a batch is in flight and brought up to date for each dataset. */
@TestPropertySource(properties = "asof.offline.copies.least-spine-rows=1")
class CopiedDatasetReproductionTest extends DatasetReproductionTest {

    @Autowired
    private HistoryCopies copies;

    @Autowired
    private Registry registry;

    @Autowired
    private MeterRegistry measured;

    private double fromCopies;

    @BeforeEach
    void countJoins() {
        fromCopies = fromCopies();
    }

    @Override
    void beforeBuild(Meters meters) {
        registry.current().liveViews().stream()
                .filter(view -> view.version().view().value().equals(meters.name() + "_view"))
                .filter(view -> view.state() == VersionState.READY)
                .map(view -> registry.current().features(List.of(view.version() + ":amount")))
                .forEach(selection -> Eventually.until(
                        () -> copies.open(selection, 1_000).isPresent(), () -> "No copy for " + selection));
        fromCopies = fromCopies();
    }

    @AfterEach
    void A7_datasetsWereBuiltFromCopies() {
        assertThat(fromCopies()).isGreaterThan(fromCopies);
    }

    private double fromCopies() {
        return measured.get("asof.training.joins").tag("from", "copy").counter().count();
    }
}
