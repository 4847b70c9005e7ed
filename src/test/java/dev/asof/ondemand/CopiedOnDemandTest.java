package dev.asof.ondemand;

import static dev.asof.ondemand.Cards.row;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.offline.HistoryCopies;
import dev.asof.registry.Registry;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import dev.asof.support.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;

/** Joins with copies of histories give the on-demand features that joins in Postgres give. */
@AsofServerTest
@TestPropertySource(properties = "asof.offline.copies.least-spine-rows=1")
class CopiedOnDemandTest {

    @LocalServerPort
    private int port;

    @Autowired
    private HistoryCopies copies;

    @Autowired
    private Registry registry;

    @Autowired
    private MeterRegistry measured;

    @Test
    void C1_copiesGiveTheSame() {
        var cards = new Cards(port).define().send();
        var datasets = new Meters(port, cards.name());
        var rows = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < 100; i++) {
            rows.add(row(
                    "card",
                    List.of("a", "b", "c").get(i % 3),
                    "as_of",
                    String.format(Locale.ROOT, "2026-03-%02dT12:00:00Z", 1 + i % 12),
                    "amount",
                    i * 0.7,
                    "category",
                    i % 2 == 0 ? "food" : "fuel"));
        }
        var spine = Map.<String, Object>of("rows", rows);
        var selections = List.of(List.of("$_risk:*", "$_score:*"), List.of("$_score:score"), List.of("$_risk:inverse"));
        var request = row(
                "name",
                cards.name(),
                "features",
                List.of(cards.named("$_score:score"), cards.named("$_risk:*")),
                "spine",
                spine);
        var inPostgres = selections.stream()
                .map(features -> cards.join(spine, features).expect(200).lines())
                .toList();
        var dataset = datasets.build(request);

        var selection = registry.current().features(List.of(cards.named("$_risk:*")));
        Eventually.until(() -> copies.open(selection, 1_000).isPresent(), () -> "No copy for " + selection);
        double before = fromCopies();
        var inCopies = selections.stream()
                .map(features -> cards.join(spine, features).expect(200).lines())
                .toList();
        var again = datasets.build(request);

        assertThat(fromCopies()).isEqualTo(before + selections.size() + 1);
        assertThat(inCopies).isEqualTo(inPostgres);
        assertThat(datasets.manifest(again).get("content_hash"))
                .isEqualTo(datasets.manifest(dataset).get("content_hash"));
        assertThat(datasets.leakageReport(again).get("findings"))
                .isEqualTo(datasets.leakageReport(dataset).get("findings"));
    }

    private double fromCopies() {
        return measured.get("asof.training.joins").tag("from", "copy").counter().count();
    }
}
