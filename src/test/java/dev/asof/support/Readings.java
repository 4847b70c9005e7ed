package dev.asof.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/**
 * A source of readings and a view of it in several versions, defined through the API, with the checks that every store
 * holds what was accepted.
 */
public final class Readings {

    private static final int KEYS_PER_LOOKUP = 2_000;

    private final ApiClient api;
    private final JdbcClient jdbc;
    private final String name;

    public Readings(ApiClient api, DataSource dataSource, String name) {
        this.api = api;
        this.jdbc = JdbcClient.create(dataSource);
        this.name = name;
    }

    public String source() {
        return name + "_rows";
    }

    public String view() {
        return name + "_view";
    }

    /** The entity and the source, with further columns if given, such as {@code "{name: site, type: STRING}"}. */
    public Readings defineSource(String... columns) {
        api.apply("""
            kind: entity
            name: %1$s_meter
            keys: [{name: meter, type: STRING}]
            ---
            kind: source
            name: %1$s_rows
            type: push
            columns:
              - {name: at, type: TIMESTAMP, required: true}
              - {name: meter, type: STRING, required: true}
              - {name: amount, type: INT64}
              - {name: gone, type: BOOLEAN}
            %2$s
            event_timestamp: at
            tombstone: gone
            """.formatted(
                                name,
                                List.of(columns).stream()
                                        .map(each -> "  - " + each + "\n")
                                        .collect(Collectors.joining())))
                .expect(200);
        return this;
    }

    /** The view's next version, with its features as YAML. */
    public ApiClient.Answer defineView(String... features) {
        return api.apply("""
            kind: feature_view
            name: %1$s_view
            entities: [%1$s_meter]
            source: %1$s_rows
            features:
            %2$s
            """.formatted(
                name,
                List.of(features).stream().map(each -> "  - " + each + "\n").collect(Collectors.joining())));
    }

    public static Map<String, Object> reading(String meter, Instant at, long amount) {
        return Map.of("meter", meter, "at", at.toString(), "amount", amount);
    }

    public ApiClient.Answer send(List<Map<String, Object>> readings) {
        return api.rows(source(), readings);
    }

    /** Rows as NDJSON in a body large enough to be streamed, one second and one amount apart. */
    public static String ndjson(int rows, int meters, Instant from) {
        var body = new StringBuilder(rows * 80);
        for (int i = 0; i < rows; i++) {
            body.append("{\"meter\":\"m")
                    .append(i % meters)
                    .append("\",\"at\":\"")
                    .append(from.plusSeconds(i));
            body.append("\",\"amount\":").append(i).append("}\n");
        }
        return body.toString();
    }

    public ApiClient.Answer stream(String ndjson, Map<String, String> headers) {
        return api.post(
                "/sources/" + source() + "/rows",
                "application/x-ndjson",
                ndjson.getBytes(java.nio.charset.StandardCharsets.UTF_8),
                headers);
    }

    public long logRows() {
        return count("select count(*) from offline.%s_rows__log".formatted(name));
    }

    public long count(String sql) {
        return jdbc.sql(sql).query(Long.class).single();
    }

    public void execute(String sql) {
        jdbc.sql(sql).update();
    }

    public String versionState(int version) {
        return state(version(version).expect(200));
    }

    private ApiClient.Answer version(int version) {
        return api.get("/feature-views/%s/versions/%s".formatted(view(), version));
    }

    private static String state(ApiClient.Answer version) {
        return version.json().get("status").get("state").asString();
    }

    /** Also on a server that has not heard of the version yet. */
    public void awaitReady(int version) {
        Eventually.until(
                () -> {
                    var answer = version(version);
                    return answer.status() != 404 && state(answer.expect(200)).equals("ready");
                },
                () -> api.get("/feature-views/" + view() + "/materializations").body());
    }

    /** The view's newest job. */
    public JsonNode newestJob() {
        return api.get("/feature-views/" + view() + "/materializations")
                .expect(200)
                .json()
                .get("items")
                .get(0);
    }

    public JsonNode job(long id) {
        return api.get("/materializations/" + id).expect(200).json();
    }

    public JsonNode awaitJob(long id, String state) {
        Eventually.until(() -> job(id).get("state").asString().equals(state), () -> job(id));
        return job(id);
    }

    public void awaitNothingOwed() {
        Eventually.until(
                () -> count("select count(*) from asof.online_work where source = '%s'".formatted(source())) == 0,
                () -> "still owed to the online store");
    }

    /**
     * Every row of the log has exactly one feature row in a version, with the value that a recomputation gives.
     *
     * @param expression what a feature is in SQL over the log's row {@code l}
     */
    public void checkComplete(int version, String feature, String expression) {
        String table = "offline.%s_view__v%s".formatted(name, version);
        long rows = logRows();
        assertThat(count("select count(*) from " + table)).isEqualTo(rows);
        assertThat(count("select count(distinct row_sequence) from " + table)).isEqualTo(rows);
        assertThat(count("""
            select count(*) from offline.%s_rows__log l full join %s f using (row_sequence)
            where l.meter is distinct from f.meter or l.at is distinct from f.event_timestamp
               or l.batch_id is distinct from f.batch_id or l.known_timestamp is distinct from f.known_timestamp
               or not f.deleted and f."%s" is distinct from %s
            """.formatted(name, table, feature, expression))).isZero();
    }

    /** Rule O2 for a feature of a version and every key. */
    public void checkOnline(int version, String feature, Instant asOf) {
        checkOnline(offline(version, feature, asOf), version, feature);
    }

    /** Waits until rule O2 holds for a feature of a version and every key: rows may be on their way. */
    public void awaitOnline(int version, String feature) {
        Eventually.until(() -> differences(version, feature).isEmpty(), () -> differences(version, feature));
    }

    /** Keys for which the stores differ now, with both values. */
    private Map<String, List<String>> differences(int version, String feature) {
        var expected = offline(version, feature, Instant.now());
        var online = online(version, feature, new ArrayList<>(expected.keySet()));
        var differences = new HashMap<String, List<String>>();
        expected.forEach((key, value) -> {
            if (!value.equals(online.get(key))) {
                differences.put(key, List.of(value, String.valueOf(online.get(key))));
            }
        });
        return differences;
    }

    private void checkOnline(Map<String, String> expected, int version, String feature) {
        assertThat(expected).isNotEmpty();
        assertThat(online(version, feature, new ArrayList<>(expected.keySet()))).isEqualTo(expected);
    }

    /** What the offline store holds as of a time, by key; a deleted key has an empty text. */
    public Map<String, String> offline(int version, String feature, Instant asOf) {
        var values = new HashMap<String, String>();
        jdbc.sql(String.format(Locale.ROOT, """
            select k.meter, f.value from (select distinct meter from offline.%1$s_rows__log) k
            left join lateral (
                select "%2$s__%3$s"::text as value from features.%2$s__v%4$d_asof(k.meter, :as_of)) f on true
            """, name, view(), feature, version))
                .param("as_of", asOf.atOffset(java.time.ZoneOffset.UTC))
                .query(row -> {
                    String value = row.getString("value");
                    values.put(row.getString("meter"), value == null ? "" : value);
                });
        return values;
    }

    /** What the online store answers, by key; nothing found is an empty text. */
    public Map<String, String> online(int version, String feature, List<String> meters) {
        var values = new HashMap<String, String>();
        for (int from = 0; from < meters.size(); from += KEYS_PER_LOOKUP) {
            List<String> some = meters.subList(from, Math.min(meters.size(), from + KEYS_PER_LOOKUP));
            var rows = lookUp(version, feature, some).get("rows");
            IntStream.range(0, some.size()).forEach(i -> {
                var value = rows.get(i).get("values").get(0);
                values.put(some.get(i), value.isNull() ? "" : value.asString());
            });
        }
        return values;
    }

    /** The answer of one lookup. */
    public JsonNode lookUp(int version, String feature, List<String> meters) {
        return api.postJson(
                        "/online-features",
                        Map.of(
                                "features", List.of("%s@v%s:%s".formatted(view(), version, feature)),
                                "entities",
                                        meters.stream()
                                                .map(meter -> Map.of("meter", meter))
                                                .toList()))
                .expect(200)
                .json();
    }
}
