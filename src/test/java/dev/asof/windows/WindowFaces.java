package dev.asof.windows;

import dev.asof.support.ApiClient;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every way in which the server answers a view's aggregates. */
final class WindowFaces {

    /** A key and an as-of time in microseconds. */
    record Question(List<Object> key, long asOf) {}

    /** Values by feature, and where a face tells them their statuses and timestamps. */
    record Answers(
            Map<String, Object> values,
            Map<String, String> statuses,
            Map<String, String> eventTimestamps,
            Map<String, String> knownTimestamps) {}

    private static final JsonMapper JSON = JsonMapper.shared();

    private final ApiClient api;
    private final DataSource dataSource;
    private final RandomView view;
    private final String name;

    /** @param name of the view, which needn't be the one that was made first */
    WindowFaces(ApiClient api, DataSource dataSource, RandomView view, String name) {
        this.api = api;
        this.dataSource = dataSource;
        this.view = view;
        this.name = name;
    }

    /** Online, as of the server's clock. */
    List<Answers> online(List<List<Object>> keys) {
        var request = Map.of(
                "features", List.of(name + ":*"),
                "entities", keys.stream().map(this::named).toList(),
                "column_names", "short",
                "include", List.of("statuses", "event_timestamps"));
        var answer = api.postJson("/online-features", request).expect(200).json();
        var answers = new ArrayList<Answers>();
        for (JsonNode row : answer.get("rows")) {
            var values = new HashMap<String, Object>();
            var statuses = new HashMap<String, String>();
            var timestamps = new HashMap<String, String>();
            for (int i = 0; i < answer.get("columns").size(); i++) {
                String column = answer.get("columns").get(i).asString();
                values.put(column, JSON.convertValue(row.get("values").get(i), Object.class));
                statuses.put(column, row.get("statuses").get(i).asString());
                var at = row.get("event_timestamps").get(i);
                timestamps.put(column, at.isNull() ? null : at.asString());
            }
            answers.add(new Answers(values, statuses, timestamps, Map.of()));
        }
        return answers;
    }

    /** As training rows. */
    List<Answers> historical(List<Question> questions, OracleReading reading) {
        var spine = new ArrayList<Map<String, Object>>();
        for (Question question : questions) {
            var row = new LinkedHashMap<String, Object>(named(question.key()));
            row.put("as_of", RandomHistory.text(question.asOf()));
            spine.add(row);
        }
        var request = Map.of(
                "features",
                List.of(name + ":*"),
                "spine",
                Map.of("rows", spine),
                "strict",
                reading.strict(),
                "known",
                reading.asRecorded()
                        ? "as_recorded"
                        : reading.known() == Long.MAX_VALUE ? "latest" : RandomHistory.text(reading.known()));
        return api.postJson("/historical-features", request).expect(200).lines().stream()
                .map(this::merged)
                .toList();
    }

    /** By the function that everyone with psql may call. */
    List<Answers> function(List<Question> questions, OracleReading reading) throws SQLException {
        return call(name + "_asof", questions, reading, "null");
    }

    /**
     * By the function that aggregates, which tells timestamps too.
     *
     * @param unseen the batches that don't count, as an {@code int8multirange}
     */
    List<Answers> windows(List<Question> questions, OracleReading reading, String unseen) throws SQLException {
        return call(name + "__v1_agg", questions, reading, "'" + unseen + "'");
    }

    private List<Answers> call(String function, List<Question> questions, OracleReading reading, String unseen)
            throws SQLException {
        var rows = new StringJoiner(", ");
        for (int i = 0; i < questions.size(); i++) {
            var row = new StringJoiner(", ", "(", ")").add(String.valueOf(i));
            for (int key = 0; key < view.keys().size(); key++) {
                String type = view.keys().get(key).equals("a") ? "::text" : "::int";
                row.add(literal(questions.get(i).key().get(key)) + type);
            }
            rows.add(row.add("timestamptz '%s'"
                            .formatted(RandomHistory.text(questions.get(i).asOf())))
                    .toString());
        }
        String columns = view.keys().stream().map(key -> key + ", ").collect(Collectors.joining());
        String keys = view.keys().stream().map(key -> "q." + key + ", ").collect(Collectors.joining());
        String known = reading.asRecorded()
                ? "q.as_of"
                : reading.known() == Long.MAX_VALUE
                        ? "null"
                        : "timestamptz '%s'".formatted(RandomHistory.text(reading.known()));
        return query("""
            select f.* from (values %s) q (o, %sas_of)
            left join lateral features.%s(%sq.as_of, %s, %s, %s) f on true
            order by q.o
            """.formatted(rows, columns, function, keys, reading.strict(), known, unseen));
    }

    private List<Answers> query(String sql) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                var statement = connection.createStatement();
                ResultSet results = statement.executeQuery(sql)) {
            var answers = new ArrayList<Answers>();
            while (results.next()) {
                var row = new HashMap<String, Object>();
                for (int i = 1; i <= results.getMetaData().getColumnCount(); i++) {
                    row.put(results.getMetaData().getColumnLabel(i), plain(results.getObject(i)));
                }
                answers.add(merged(row));
            }
            return answers;
        }
    }

    /** What JDBC gives as JSON would have it. */
    private static Object plain(Object value) throws SQLException {
        if (value instanceof Array array) {
            var list = new ArrayList<Object>();
            for (Object element : (Object[]) array.getArray()) {
                list.add(plain(element));
            }
            return list;
        }
        return value instanceof Timestamp timestamp ? timestamp.toInstant().toString() : value;
    }

    /** Bucketed aggregates are two columns there. */
    private Answers merged(Map<String, Object> row) {
        var values = new HashMap<String, Object>();
        row.forEach((column, value) -> {
            if (column.startsWith(name + "__")) {
                values.put(column.substring(name.length() + 2), value);
            }
        });
        for (RandomView.Feature feature : view.features()) {
            if (feature.aggregate().by() != null) {
                var buckets = new HashMap<String, Object>();
                buckets.put("keys", values.get(feature.name() + "_keys"));
                buckets.put("values", values.get(feature.name() + "_values"));
                values.put(feature.name(), buckets);
            }
        }
        return new Answers(
                values, Map.of(), timestamps(row, "event_timestamp__"), timestamps(row, "known_timestamp__"));
    }

    /** There they are told once for each window. */
    private Map<String, String> timestamps(Map<String, Object> row, String prefix) {
        var windows = view.features().stream()
                .map(feature -> feature.aggregate().window())
                .distinct()
                .toList();
        var timestamps = new HashMap<String, String>();
        for (RandomView.Feature feature :
                row.containsKey(prefix + 1) ? view.features() : List.<RandomView.Feature>of()) {
            Object at =
                    row.get(prefix + (1 + windows.indexOf(feature.aggregate().window())));
            timestamps.put(feature.name(), at == null ? null : at.toString());
        }
        return timestamps;
    }

    private Map<String, Object> named(List<Object> key) {
        var named = new LinkedHashMap<String, Object>();
        for (int i = 0; i < key.size(); i++) {
            named.put(view.keys().get(i), key.get(i));
        }
        return named;
    }

    private static String literal(Object key) {
        return key == null ? "null" : key instanceof String text ? "'" + text + "'" : key.toString();
    }
}
