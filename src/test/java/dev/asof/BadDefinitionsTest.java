package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Wrong definitions and addresses: every problem at once, and nothing changed. */
class BadDefinitionsTest extends BadInputTestBase {

    private Answer apply(String bundle) {
        return post("/definitions", YAML, bundle);
    }

    @Test
    void textThatIsNeitherYamlNorJsonIsMalformedWithItsLine() {
        for (String text : List.of(
                "kind: [entity",
                "kind: entity\n\tname: x",
                "{\"kind\":",
                "{\"kind\":" + "[".repeat(50_000),
                "a: " + "[".repeat(50_000))) {
            var answer = apply(text).refused(400, "malformed_request");
            assertThat(answer.wrongs()).containsExactly(" yaml_syntax");
            assertThat(answer.json().path("violations").path(0).path("line").asInt())
                    .isPositive();
        }
        apply("").refused(400, "malformed_request");
        byte[] latin1 = "kind: entity\nname: é".getBytes(StandardCharsets.ISO_8859_1);
        send("POST", "/definitions", YAML, latin1, Map.of()).refused(400, "malformed_request");
        send("POST", "/definitions", YAML, new byte[17 << 20], Map.of()).refused(413, "payload_too_large");
    }

    @Test
    void whatIsNoDefinitionIsInvalid() {
        for (String text : List.of(
                " \n",
                "---\n---\n",
                "null",
                "hello",
                "- a\n- b",
                "[]",
                "name: x",
                "kind: null\nname: x",
                "kind: [entity]\nname: x",
                "kind: entity\nname: a\0b")) {
            apply(text).refused(422, "invalid");
        }
        var near = apply("kind: entitty\nname: x").refused(422, "invalid");
        assertThat(near.suggestions()).containsExactly("entity");
        assertThat(apply("kind: entity\nkind: entity\nname: x\nkeys: [{name: k, type: STRING}]")
                        .wrongs())
                .containsExactly("entities.x.kind duplicate_field");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Card", "a__b", "../../etc/passwd", "café", "1a", "a-b", "\"a\\0b\"", "\" \""})
    void namesThatCannotBeNamesAreInvalid(String bad) {
        var answer = apply("kind: entity\nname: %s\nkeys: [{name: k, type: STRING}]".formatted(bad));
        assertThat(answer.refused(422, "invalid").wrongs()).containsExactly("definitions[0].name invalid_name");
    }

    @Test
    void namesAreShortAndDefinedOnce() {
        apply("kind: entity\nname: %s\nkeys: [{name: k, type: STRING}]".formatted("a".repeat(5_000)))
                .refused(422, "invalid");
        var entity = "kind: entity\nname: %s_e\nkeys: [{name: k, type: STRING}]".formatted(name);
        assertThat(apply(entity + "\n---\n" + entity).refused(422, "invalid").wrongs())
                .containsExactly("entities.%s_e duplicate_definition".formatted(name));
        get("/entities/" + name + "_e").refused(404, "not_found");
    }

    @Test
    void everyProblemOfASourceIsToldAtOnce() {
        var answer = apply("""
            kind: source
            name: s
            type: pushh
            columns:
              - {name: ts, type: TIMESTAMP, time_zone: America/New_Yorkk}
              - {name: ts, type: X}
              - {name: n, type: INT64, length: 5}
              - {name: v, type: FLOAT32_LIST, length: 99999999999}
            event_timestamp: tss
            max_invalid_ratio: 1e400
            max_future_skew: soon
            ownr: me
            expectations:
              - {column: nn, between: [1, 2]}
              - {column: n, matches: "["}
              - {column: n}
              - 5
              - {column: n, between: [a, b]}
            """).refused(422, "invalid");
        assertThat(answer.wrongs())
                .contains(
                        "sources.s.type bad_value",
                        "sources.s.columns[0].time_zone unknown_time_zone",
                        "sources.s.columns[1].type unknown_type",
                        "sources.s.columns[1].name duplicate_column",
                        "sources.s.columns[2].length wrong_type",
                        "sources.s.columns[3].length wrong_type",
                        "sources.s.event_timestamp unknown_column",
                        "sources.s.max_invalid_ratio wrong_type",
                        "sources.s.max_future_skew bad_duration",
                        "sources.s.ownr unknown_field",
                        "sources.s.expectations[0].column unknown_column",
                        "sources.s.expectations[1].matches wrong_type",
                        "sources.s.expectations[2] missing_field",
                        "sources.s.expectations[3] wrong_type",
                        "sources.s.expectations[4].between[0] wrong_type");
        assertThat(answer.suggestions()).contains("push", "America/New_York", "ts", "owner");
    }

    @Test
    void everyProblemOfAViewIsToldAtOnceWithNearMisses() {
        define();
        var answer = apply("""
            kind: feature_view
            name: %1$s_bad
            entities: [{name: %1$s_crd, keys: {card_id: crd}}]
            source: %1$s_tx
            features:
              - {name: f, column: amont}
              - {name: f, expression: "amunt > 1"}
              - {name: g, expression: "amount >"}
            """.formatted(name)).refused(422, "invalid");
        String view = "feature_views.%s_bad.".formatted(name);
        assertThat(answer.wrongs())
                .containsExactly(
                        view + "entities[0] unknown_entity",
                        view + "features[0].column unknown_column",
                        view + "features[1].name duplicate_feature",
                        view + "features[1].expression unknown_column",
                        view + "features[2].expression syntax");
        assertThat(answer.suggestions()).contains(name + "_card", "amount");
        var source = apply("""
            kind: feature_view
            name: v
            entities: [%1$s_card]
            source: %1$s_txx
            features: [{name: f, column: n}]
            """.formatted(name));
        assertThat(source.refused(422, "invalid").suggestions()).containsExactly(name + "_tx");
    }

    @Test
    void referencesOfAServiceThatAreWrongAreToldAtOnce() {
        define();
        var answer = apply("""
            kind: feature_service
            name: s
            features: ["%1$s_view@vx:*", "%1$s_view@v0:*", "%1$s_view@v99999999999:*", nocolon, ":", "a:", 5, null]
            """.formatted(name)).refused(422, "invalid");
        assertThat(answer.violations()).hasSize(8);
        var unknown = apply("""
            kind: feature_service
            name: s
            features: ["%1$s_vieww:*", "%1$s_view:last_amout", "%1$s_view@v9:*"]
            """.formatted(name)).refused(422, "invalid");
        assertThat(unknown.violations()).hasSize(3);
        assertThat(unknown.suggestions()).contains(name + "_view", "last_amount");
    }

    @ParameterizedTest
    @ValueSource(strings = {"entities _card", "sources _tx", "feature-views _view", "feature-services _svc"})
    void addressesOfDefinitionsThatAreWrongAreRefused(String kindAndName) {
        define();
        String list = "/" + kindAndName.split(" ")[0];
        String real = name + kindAndName.split(" ")[1];
        String one = list + "/" + real;
        for (String missing :
                List.of(one + "x", list + "/" + real.toUpperCase(java.util.Locale.ROOT), one + "@v0", one + "@vx")) {
            assertThat(get(missing).refused(404, "not_found").suggestions()).contains(real);
        }
        assertThat(get(one + "@v9").refused(404, "not_found").suggestions()).containsExactly(real + "@v1");
        for (String missing : List.of("/caf%C3%A9", "/%20", "/" + "x".repeat(3_000))) {
            get(list + missing).refused(404, "not_found");
        }
        for (String broken : List.of("/..%2F..%2Fetc", "/a%00b", "/%FF", "/" + "x".repeat(9_000))) {
            get(list + broken).refused(400, "malformed_request");
        }
        for (String version : List.of("0", "-1", "2")) {
            get(one + "/versions/" + version).refused(404, "not_found");
        }
        for (String version : List.of("abc", "1.5", "99999999999")) {
            assertThat(get(one + "/versions/" + version)
                            .refused(400, "malformed_request")
                            .detail())
                    .contains("a whole number");
        }
        for (String query : List.of(
                "page_size=0",
                "page_size=-1",
                "page_size=abc",
                "page_size=99999999999",
                "page_size=501",
                "page_token=zzz",
                "page_token=%00",
                "tagg=a",
                "page_size=%FF")) {
            get(list + "?" + query).refused(400, "malformed_request");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"entities _card", "sources _tx", "feature-views _view", "feature-services _svc"})
    void writesOfOneDefinitionThatAreWrongAreRefused(String kindAndName) {
        define();
        String one = "/%s/%s%s"
                .formatted(kindAndName.split(" ")[0], name, kindAndName.split(" ")[1]);
        put(one, YAML, "").refused(400, "malformed_request");
        put(one, YAML, "{").refused(400, "malformed_request");
        for (String body : List.of("null", "[]", "- a", "name: other", "name: a\n---\nname: b")) {
            put(one, YAML, body).refused(422, "invalid");
        }
        assertThat(put(one, "", "x").refused(415, "unsupported_media_type").detail())
                .contains("application/yaml");
        put(one, "text/plain", "x").refused(415, "unsupported_media_type");
        send("PATCH", one, YAML, new byte[0], Map.of()).refused(405, "method_not_allowed");
        send("DELETE", one + "x", "", new byte[0], Map.of()).refused(404, "not_found");
        if (!one.startsWith("/feature-services")) {
            send("DELETE", one, "", new byte[0], Map.of()).refused(409, "in_use");
        }
        get(one).accepted();
    }

    private Answer put(String path, String contentType, String body) {
        return send("PUT", path, contentType, body.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    @Test
    void versionsThatAreNotThereAreNeitherPromotedNorRetired() {
        define();
        for (String action : List.of("promote", "retire")) {
            String versions = "/feature-views/%s_view/versions/".formatted(name);
            for (String version : List.of("0", "-1", "9")) {
                post(versions + version + "/" + action, JSON, "").refused(404, "not_found");
            }
            for (String version : List.of("abc", "99999999999")) {
                post(versions + version + "/" + action, JSON, "").refused(400, "malformed_request");
            }
            var near = post("/feature-views/%s_vieww/versions/1/%s".formatted(name, action), JSON, "");
            assertThat(near.refused(404, "not_found").suggestions()).contains(name + "_view");
        }
        post("/feature-views/%s_view/versions/1/retire".formatted(name), JSON, "")
                .refused(409, "in_use");
        post("/feature-services/%s_svc/versions/7/retire".formatted(name), JSON, "")
                .refused(404, "not_found");
    }

    @Test
    void aMisspeltDryRunAppliesNothing() {
        var entity = "kind: entity\nname: %s_e\nkeys: [{name: k, type: STRING}]".formatted(name);
        var answer = post("/definitions?dryrun=true", YAML, entity).refused(400, "malformed_request");
        assertThat(answer.suggestions()).containsExactly("dry_run");
        post("/definitions?dry_run=maybe", YAML, entity).refused(400, "malformed_request");
        get("/entities/" + name + "_e").refused(404, "not_found");
    }

    @Test
    void pathsAndMethodsThatAreNotThereAreProblemsToo() {
        for (String path : List.of("/featureviews", "/", "/entities/", "//entities", "/entities/a/b")) {
            get(path).refused(404, "not_found");
        }
        for (String method : List.of("GET", "PUT", "DELETE", "PATCH", "TRACE", "FOO")) {
            send(method, "/definitions", YAML, new byte[0], Map.of()).refused(405, "method_not_allowed");
        }
        assertThat(post("/definitions", "", "x")
                        .refused(415, "unsupported_media_type")
                        .detail())
                .contains("application/yaml");
        send("POST", "/definitions", YAML, new byte[] {31, (byte) 139}, Map.of("Content-Encoding", "gzip"))
                .refused(415, "unsupported_media_type");
    }
}
