package dev.asof.ondemand;

import static dev.asof.ondemand.Cards.AT;
import static dev.asof.ondemand.Cards.row;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.AsofServerTest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

/** What on-demand features of training rows are computed from. */
@AsofServerTest
class OnDemandJoinsTest {

    @LocalServerPort
    private int port;

    private Cards cards;

    @BeforeEach
    void define() {
        cards = new Cards(port).define().send();
    }

    private Map<String, Object> one(List<String> features, Object... spine) {
        return cards.join(Map.of("rows", List.of(row(spine))), features)
                .expect(200)
                .lines()
                .getFirst();
    }

    @Test
    void inputsThatArentAskedForAreReadAndNotReturned() {
        var answer = one(
                List.of("$_score:*", "$_activity:last_amount"),
                "amount",
                20,
                "as_of",
                AT,
                "card",
                "a",
                "category",
                null);

        assertThat(answer.keySet())
                .containsExactly(
                        "amount",
                        "as_of",
                        "card",
                        "category",
                        cards.named("$_score__score"),
                        cards.named("$_score__same"),
                        cards.named("$_activity__last_amount"));
        assertThat(answer)
                .containsEntry(cards.named("$_score__score"), 2.5)
                .containsEntry(cards.named("$_score__same"), 20.0)
                .containsEntry(cards.named("$_activity__last_amount"), 30.0);
    }

    @Test
    void C2_whatFailsIsNullAndReadAsNull() {
        var answer =
                one(List.of("$_risk:*", "$_score:score"), "card", "b", "as_of", AT, "amount", 20, "category", "fuel");

        assertThat(answer)
                .containsEntry(cards.named("$_risk__ratio"), null)
                .containsEntry(cards.named("$_risk__inverse"), null)
                .containsEntry(cards.named("$_risk__newest"), 0.0)
                .containsEntry(cards.named("$_score__score"), 1.0);
        var unknown =
                one(List.of("$_risk:*", "$_score:score"), "card", null, "as_of", AT, "amount", 20, "category", "fuel");
        assertThat(unknown)
                .containsEntry(cards.named("$_risk__ratio"), null)
                .containsEntry(cards.named("$_risk__of_category"), null)
                .containsEntry(cards.named("$_risk__hours"), 12)
                .containsEntry(cards.named("$_score__score"), 0.0);
    }

    @Test
    void whatReadsNoFeatureNeedsNoKeys() {
        cards.api().apply(cards.named("""
            kind: on_demand_feature_view
            name: $_clock
            request: [{name: since, type: TIMESTAMP}]
            features:
              - {name: seconds, expression: "seconds_between(request.since, as_of)"}
              - {name: hour, expression: "hour_of_day(as_of, 'Asia/Kolkata')"}
            """)).expect(200);
        var rows = cards.join(
                        Map.of(
                                "rows",
                                List.of(
                                        row("as_of", "2026-03-10T12:00:00.000001Z", "since", "2026-03-10T11:59:59Z"),
                                        row("as_of", "2026-03-10T17:00:00+05:30", "since", null))),
                        List.of("$_clock:*"))
                .expect(200)
                .lines();
        assertThat(rows.getFirst())
                .containsEntry(cards.named("$_clock__seconds"), 1.000001)
                .containsEntry(cards.named("$_clock__hour"), 17);
        assertThat(rows.getLast())
                .containsEntry(cards.named("$_clock__seconds"), null)
                .containsEntry(cards.named("$_clock__hour"), 17);

        var asked = cards.api()
                .postJson(
                        "/historical-features",
                        row(
                                "features",
                                List.of(cards.named("$_clock:seconds")),
                                "as_of_column",
                                "since",
                                "spine",
                                Map.of("rows", List.of(row("since", AT)))))
                .expect(200)
                .lines();
        assertThat(asked.getFirst()).containsEntry(cards.named("$_clock__seconds"), 0.0);
        assertThat(cards.api()
                        .postJson(
                                "/historical-features",
                                row(
                                        "features",
                                        List.of(cards.named("$_score:same")),
                                        "as_of_column",
                                        "amount",
                                        "spine",
                                        Map.of("rows", List.of(row("card", "a", "amount", AT)))))
                        .expect(422)
                        .body())
                .contains("'amount' is the as-of column, and as a request value it is FLOAT64");
    }

    @Test
    void V3_aRoleReadsItsInputsUnderItsKeys() {
        cards.api().apply(cards.named("""
            kind: feature_service
            name: $_pair
            features:
              - {view: $_score, as: payee, keys: {card: payee_card}, features: [score]}
              - "$_score:score"
              - {view: $_risk, as: payee_risk, keys: {card: payee_card}, features: [newest]}
            """)).expect(200);
        var answer = cards.api()
                .postJson(
                        "/historical-features",
                        row(
                                "feature_service",
                                cards.named("$_pair"),
                                "spine",
                                Map.of(
                                        "rows",
                                        List.of(row(
                                                "card",
                                                "a",
                                                "payee_card",
                                                "b",
                                                "as_of",
                                                AT,
                                                "amount",
                                                20,
                                                "category",
                                                null)))))
                .expect(200)
                .lines()
                .getFirst();
        assertThat(answer)
                .containsEntry("payee__score", 1.0)
                .containsEntry(cards.named("$_score__score"), 2.5)
                .containsEntry("payee_risk__newest", 0.0);
    }

    @Test
    void A3_A4_strictAndKnownTouchTheInputsAlone() {
        cards.send(row("at", "2026-03-10T06:00:00Z", "known", "2026-03-11T00:00:00Z", "card", "a", "amount", 60.0));
        var spine = Map.<String, Object>of(
                "rows", List.of(row("card", "a", "as_of", "2026-03-10T06:00:00Z", "amount", 20, "category", "fuel")));
        var latest = joined(spine, row());
        var strict = joined(spine, row("strict", true));
        var recorded = joined(spine, row("known", "as_recorded"));

        assertThat(latest)
                .containsEntry(cards.named("$_risk__ratio"), 0.2)
                .containsEntry(cards.named("$_risk__hours"), 6);
        assertThat(strict)
                .containsEntry(cards.named("$_risk__ratio"), 0.5)
                .containsEntry(cards.named("$_risk__hours"), 6);
        assertThat(recorded)
                .containsEntry(cards.named("$_risk__ratio"), 0.5)
                .containsEntry(cards.named("$_risk__hours"), 6);
    }

    private Map<String, Object> joined(Map<String, Object> spine, Map<String, Object> more) {
        var request = row("features", List.of(cards.named("$_risk:*")), "spine", spine);
        request.putAll(more);
        return cards.api()
                .postJson("/historical-features", request)
                .expect(200)
                .lines()
                .getFirst();
    }

    @Test
    void anInputsNameMayStandInTheSpine() {
        var answer = one(
                List.of("$_score:score"),
                "card",
                "a",
                "as_of",
                AT,
                "amount",
                20,
                "category",
                "x",
                cards.named("$_activity__sum_7d"),
                -1);
        assertThat(answer)
                .containsEntry(cards.named("$_activity__sum_7d"), -1)
                .containsEntry(cards.named("$_score__score"), 2.5);
    }
}
