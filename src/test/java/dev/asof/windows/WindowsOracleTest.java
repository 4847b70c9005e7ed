package dev.asof.windows;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.offline.tile.TileBuilder;
import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.MutableClock;
import dev.asof.support.Seeds;
import dev.asof.support.StandingTime;
import dev.asof.windows.WindowFaces.Answers;
import dev.asof.windows.WindowFaces.Question;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import javax.sql.DataSource;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Aggregates over windows, online, as training rows and in SQL, against an oracle that looks at every row. Views, histories
 * and times are random; {@code -Dasof.windows.seeds} tries more of them.
 */
@AsofServerTest
@Import(StandingTime.class)
class WindowsOracleTest {

    private static final int SEEDS = Integer.getInteger("asof.windows.seeds", WindowCases.SEEDS);

    private static long compared;

    @Autowired
    private DataSource dataSource;

    @Autowired
    private TileBuilder tiles;

    @Autowired
    private Clock clock;

    @LocalServerPort
    private int port;

    private ApiClient api;

    @BeforeEach
    void connect() {
        api = new ApiClient(port);
    }

    static LongStream seeds() {
        return Seeds.upTo(SEEDS);
    }

    @AfterAll
    static void enoughCases() {
        assertThat(compared).isGreaterThan(10_000);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void W1_W2_W3_W4_W5_W6_W7_everyFaceAgreesWithTheOracle(long seed) throws SQLException {
        var cases = WindowCases.of(seed);
        var view = cases.view();
        var history = cases.history();
        var faces = new WindowFaces(api, dataSource, view, view.name());
        clock().set(RandomHistory.instant(history.batches().getFirst().at()));
        api.apply(view.yaml(false)).expect(200);
        var batchIds = new ArrayList<Long>();
        for (int i = 0; i < WindowCases.BATCHES; i++) {
            batchIds.add(accept(view, history, i));
            checkOnline(cases, faces, i);
        }
        checkOffline(cases, faces, batchIds);
    }

    /** Tiles are made between the batches, so that later ones recompute some. */
    @ParameterizedTest
    @ValueSource(longs = {100, 101, 102, 103})
    void W7_answersFromTilesAreThoseOfTheRows(long seed) throws SQLException {
        var cases = WindowCases.of(seed).ofTiles();
        var view = cases.view();
        var history = cases.history();
        var faces = new WindowFaces(api, dataSource, view, view.name());
        clock().set(RandomHistory.instant(history.batches().getFirst().at()));
        api.apply(view.yaml(false)).expect(200);
        var batchIds = new ArrayList<Long>();
        for (int i = 0; i < WindowCases.BATCHES; i++) {
            batchIds.add(accept(view, history, i));
            if (i % 2 == 1) {
                tiles.run();
            }
        }
        String relation = view.name() + "__v1";
        var jdbc = new JdbcTemplate(dataSource);
        assertThat(jdbc.queryForList(
                        "select 1 from asof.tiled_view where relation = ? and not isempty(readable)", relation))
                .as("tiles of %s", view.features())
                .hasSize(1);
        assertThat(jdbc.queryForList("select prosrc from pg_proc where proname = ?", String.class, relation + "_agg"))
                .singleElement(InstanceOfAssertFactories.STRING)
                .contains(relation + "_t");
        checkOffline(cases, faces, batchIds);
    }

    private static void checkOffline(WindowCases cases, WindowFaces faces, List<Long> batchIds) throws SQLException {
        var questions = cases.questions();
        for (var reading : cases.readings()) {
            check(cases, questions, reading, "training", faces.historical(questions, reading));
            check(cases, questions, reading, "SQL", faces.function(questions, reading));
            check(cases, questions, reading, "windows in SQL", faces.windows(questions, reading, "{}"));
        }
        checkUnseen(cases, questions, faces, batchIds);
    }

    private long accept(RandomView view, RandomHistory history, int index) {
        var batch = history.batches().get(index);
        clock().set(RandomHistory.instant(batch.at()));
        String source = "/sources/" + view.name() + "_rows";
        if (index == RandomHistory.REPLAYED_BEFORE) {
            api.apply(view.yaml(true)).expect(200);
            api.post(source + "/quarantine/replay", "application/json", "").expect(200);
        }
        var answer = api.rows(
                        view.name() + "_rows",
                        batch.rows().stream().map(history::json).toList())
                .expect(200)
                .json();
        assertThat(answer.get("accepted").asLong())
                .as("%s", answer)
                .isEqualTo(batch.rows().stream().filter(row -> !row.isRefused()).count());
        return answer.get("batch_id").asLong();
    }

    /** Without the batches that a manifest didn't see (rule A7). */
    private static void checkUnseen(WindowCases cases, List<Question> questions, WindowFaces faces, List<Long> batchIds)
            throws SQLException {
        var unseen = new HashSet<Long>();
        for (int batch : new int[] {1, 4}) {
            for (var row : cases.history().batches().get(batch).rows()) {
                if (!row.isRefused()) {
                    unseen.add(row.event().sequence());
                }
            }
        }
        var reading = new OracleReading(false, Long.MAX_VALUE, false, unseen);
        String batches =
                "{[%s,%s],[%s,%s]}".formatted(batchIds.get(1), batchIds.get(1), batchIds.get(4), batchIds.get(4));
        check(cases, questions, reading, "unseen", faces.windows(questions, reading, batches));
    }

    /** As of the batch's own time, and at the edges that come before the next one. */
    private void checkOnline(WindowCases cases, WindowFaces faces, int batch) {
        var history = cases.history();
        long now = history.batches().get(batch).at();
        long end = batch + 1 < WindowCases.BATCHES
                ? history.batches().get(batch + 1).at()
                : now + 40 * 86_400_000_000L;
        var times = new ArrayList<>(List.of(now));
        for (int i = 0; i < 40 && times.size() < 4; i++) {
            long at = history.asOf();
            if (at > now && at < end) {
                times.add(at);
            }
        }
        times.sort(null);
        for (long at : times) {
            clock().set(RandomHistory.instant(at));
            var questions =
                    cases.keys().stream().map(key -> new Question(key, at)).toList();
            check(cases, questions, OracleReading.at(false, at), "online", faces.online(cases.keys()));
        }
    }

    private static void check(
            WindowCases cases, List<Question> questions, OracleReading reading, String face, List<Answers> answers) {
        var oracle = cases.oracle();
        assertThat(answers).hasSameSizeAs(questions);
        for (int i = 0; i < questions.size(); i++) {
            var question = questions.get(i);
            for (var feature : cases.view().features()) {
                checkValue(oracle, question, reading, face, answers.get(i), feature);
            }
        }
    }

    private static void checkValue(
            WindowOracle oracle,
            Question question,
            OracleReading reading,
            String face,
            Answers answers,
            RandomView.Feature feature) {
        var expected = oracle.answer(feature.aggregate(), question.key(), question.asOf(), reading);
        Object got = answers.values().get(feature.name());
        compared++;
        if (!Comparison.same(expected, got)) {
            throw new AssertionError("%s of %s at %s (%s, %s): expected %s, got %s%n%s%nrows: %s"
                    .formatted(
                            face,
                            question.key(),
                            RandomHistory.instant(question.asOf()),
                            feature.name(),
                            reading,
                            expected,
                            got,
                            feature.yaml(),
                            oracle.inWindow(feature.aggregate().window(), question.key(), question.asOf(), reading)));
        }
        if (!answers.statuses().isEmpty()) {
            assertThat(answers.statuses().get(feature.name()))
                    .as("status of %s, %s", feature.yaml(), expected)
                    .isEqualTo(expected.status());
        }
        var window = feature.aggregate().window();
        checkTimestamp(
                answers.eventTimestamps(),
                feature,
                oracle.eventTimestamp(window, question.key(), question.asOf(), reading));
        checkTimestamp(
                answers.knownTimestamps(),
                feature,
                oracle.knownTimestamp(window, question.key(), question.asOf(), reading));
    }

    private static void checkTimestamp(Map<String, String> got, RandomView.Feature feature, OptionalLong expected) {
        if (!got.isEmpty()) {
            String at = got.get(feature.name());
            assertThat(at == null ? null : Instant.parse(at))
                    .as("timestamp of %s", feature.yaml())
                    .isEqualTo(expected.isPresent() ? RandomHistory.instant(expected.getAsLong()) : null);
        }
    }

    private MutableClock clock() {
        return (MutableClock) Objects.requireNonNull(clock);
    }
}
