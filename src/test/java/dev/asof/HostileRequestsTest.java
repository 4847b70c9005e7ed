package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small requests that would cost much: refused at once, by answers that are small too. */
class HostileRequestsTest extends BadInputTestBase {

    private static final Duration SOON = Duration.ofSeconds(5);

    private Answer dryRun(String bundle) {
        long start = System.nanoTime();
        var answer = post("/definitions?dry_run=true", YAML, bundle);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
        assertThat(answer.body().length()).isLessThan(200_000);
        return answer;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(((a{0,100}){0,100}){0,100}){0,100}",
                "((((((((((a|b){50}){50}){50}){50}))))))",
                "(?i)[\\x{80}-\\x{1fff}]",
                "(?i)\\x{1c80}"
            })
    void aPatternThatWouldTakeTheServerAwayIsRefused(String pattern) {
        var source = """
            kind: source
            name: %1$s_p
            type: push
            columns: [{name: ts, type: TIMESTAMP}, {name: s, type: STRING}]
            event_timestamp: ts
            expectations: [{column: s, matches: '%2$s'}]
            """.formatted(name, pattern);
        var view = """
            kind: source
            name: %1$s_p
            type: push
            columns: [{name: ts, type: TIMESTAMP}, {name: s, type: STRING}]
            event_timestamp: ts
            ---
            kind: feature_view
            name: %1$s_v
            source: %1$s_p
            entities: []
            features: [{name: f, expression: "matches(s, r'%2$s')"}]
            """.formatted(name, pattern.replace("\\", "\\\\"));

        assertThat(dryRun(source).refused(422, "invalid").wrongs())
                .containsExactly("sources." + name + "_p.expectations[0].matches bad_pattern");
        assertThat(dryRun(view).refused(422, "invalid").detail()).contains("is not a regular expression");
    }

    @Test
    void ofManyViolationsAHundredAreAnsweredAndTheOthersCounted() {
        var keys = new StringBuilder();
        for (int i = 0; i < 5_000; i++) {
            keys.append("  - {name: k%s, type: STRING, x%s%s: 1}\n".formatted(i, "y".repeat(200), i));
        }

        var answer = dryRun("kind: entity\nname: %s_e\nkeys:\n%s".formatted(name, keys))
                .refused(422, "invalid");

        assertThat(answer.violations()).hasSize(100);
        assertThat(answer.json().path("more_violations").asLong()).isEqualTo(4_900);
    }

    @Test
    void I4_ofManyBadRowsAHundredViolationsAreAnsweredAndTheOthersCounted() {
        define();
        var rows = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            rows.append("{\"ts\":\"2026-01-01T00:00:00Z\",\"card\":\"a\",\"n\":%s}\n"
                    .formatted(i % 30 == 0 ? "\"" + "z".repeat(3_000) + "\"" : "1"));
        }
        var fewBad = rows(NDJSON, rows.toString()).accepted();
        assertThat(fewBad.violations()).hasSize(10);
        assertThat(fewBad.json().path("more_violations").asLong()).isZero();

        var allBad = rows(NDJSON, "{\"ts\":\"2026-01-01T00:00:00Z\",\"card\":\"a\",\"n\":\"x\"}\n".repeat(250));
        allBad.refused(422, "contract_violated");
        assertThat(allBad.violations()).hasSize(100);
        assertThat(allBad.json().path("more_violations").asLong()).isEqualTo(150);
    }
}
