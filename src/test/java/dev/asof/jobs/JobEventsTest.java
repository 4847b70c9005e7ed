package dev.asof.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import dev.asof.support.Meters;
import dev.asof.training.DatasetEvents;
import dev.asof.training.DatasetEvents.DatasetBuilt;
import dev.asof.training.DatasetEvents.DatasetRemoved;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.event.ApplicationEventMulticaster;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** What listeners are told of jobs and datasets: in the transaction that makes it so. */
@AsofServerTest
class JobEventsTest {

    @LocalServerPort
    private int port;

    @Autowired
    private ApplicationEventMulticaster multicaster;

    @Autowired
    private DataSource dataSource;

    @Autowired
    private JdbcClient jdbc;

    private final List<Object> told = new CopyOnWriteArrayList<>();
    private final ApplicationListener<PayloadApplicationEvent<?>> listener = this::listen;
    private volatile Consumer<Object> work = _ -> {};
    private Meters meters;

    @BeforeEach
    void define() {
        jdbc.sql("create schema if not exists told").update();
        jdbc.sql("create table if not exists told.notes (note text)").update();
        jdbc.sql("truncate told.notes").update();
        meters = new Meters(port).define("");
        multicaster.addApplicationListener(listener);
    }

    @AfterEach
    void stopListening() {
        multicaster.removeApplicationListener(listener);
        jdbc.sql("drop schema told cascade").update();
    }

    /** Of this test's jobs and datasets; within the transaction it keeps a note. */
    private void listen(PayloadApplicationEvent<?> event) {
        Optional<String> about = switch (event.getPayload()) {
            case JobEnded ended -> Optional.of(ended.subject());
            case DatasetEvents dataset -> Optional.of(dataset.version().name());
            default -> Optional.empty();
        };
        if (about.filter(name -> name.startsWith(meters.name())).isPresent()) {
            assertThat(TransactionSynchronizationManager.isActualTransactionActive())
                    .as("in a transaction")
                    .isTrue();
            told.add(event.getPayload());
            note(event.getPayload().getClass().getSimpleName());
            work.accept(event.getPayload());
        }
    }

    private void note(String note) {
        jdbc.sql("insert into told.notes values (:note)").param("note", note).update();
    }

    private List<String> notes() {
        return jdbc.sql("select note from told.notes order by note")
                .query(String.class)
                .list();
    }

    private <T> List<T> told(Class<T> type) {
        return told.stream().filter(type::isInstance).map(type::cast).toList();
    }

    private String name(String rest) {
        return meters.name() + "_" + rest;
    }

    private ApiClient api() {
        return meters.api();
    }

    private void order() {
        meters.send(List.of(Meters.row("a", 1, 1, 1.0)));
        api().postJson(
                        "/training-datasets",
                        Map.of(
                                "name", name("set"),
                                "features", List.of(name("view") + ":amount"),
                                "spine", Map.of("rows", List.of(Map.of("meter", "a", "as_of", Meters.at(2))))))
                .expect(202);
    }

    /** As another transaction sees it. */
    private String state(String table, String column, String name) {
        return jdbc.sql("select state from asof.%s where %s = :name order by id desc limit 1".formatted(table, column))
                .param("name", name)
                .query(String.class)
                .single();
    }

    private String datasetState() {
        return state("training_dataset", "name", name("set"));
    }

    private long read(String query) {
        api().apply("""
            kind: source
            name: %s
            type: table
            query: %s
            read: append
            columns: [{name: at, type: TIMESTAMP}]
            event_timestamp: at
            """.formatted(name("table"), query)).expect(200);
        return api().post("/sources/%s/reads".formatted(name("table")), "application/json", "")
                .expect(202)
                .json()
                .get("id")
                .asLong();
    }

    private void awaitRead(String state) {
        Eventually.until(
                () -> state("table_read", "source", name("table")).equals(state),
                () -> state("table_read", "source", name("table")));
    }

    @Test
    void aDatasetIsToldToBeBuiltAndRemovedWithWhatItWasBuiltFrom() {
        order();
        Eventually.until(() -> datasetState().equals("done"), this::datasetState);
        var manifest = api().get("/training-datasets/%s@v1/manifest".formatted(name("set")))
                .expect(200)
                .json();
        var built = told(DatasetBuilt.class);
        assertThat(built).hasSize(1);
        assertThat(built.getFirst().version().label()).contains(name("set"));
        assertThat(built.getFirst().rows()).isOne();
        assertThat(built.getFirst().contentHash())
                .isEqualTo(manifest.get("content_hash").asString());
        assertThat(built.getFirst().spec().definitions())
                .anyMatch(definition -> definition.name().equals(name("view")));
        assertThat(built.getFirst().seen().highest()).isPositive();
        assertThat(told(JobEnded.class)).singleElement().satisfies(ended -> {
            assertThat(ended.kind()).isEqualTo("training_dataset");
            assertThat(ended.state()).isEqualTo(JobState.DONE);
            assertThat(ended.version()).isEqualTo(OptionalInt.of(1));
        });
        assertThat(notes()).as("committed with it").containsExactly("DatasetBuilt", "JobEnded");

        api().delete("/training-datasets/%s@v1".formatted(name("set"))).expect(204);
        assertThat(told(DatasetRemoved.class)).hasSize(1);
        assertThat(notes()).containsExactly("DatasetBuilt", "DatasetRemoved", "JobEnded");
    }

    @Test
    void whatAListenerThrowsUndoesTheBuildAndWhatWasWrittenForIt() {
        var seenByOthers = new CopyOnWriteArrayList<String>();
        work = event -> {
            if (event instanceof DatasetBuilt) {
                seenByOthers.add(stateOverAnotherConnection());
                if (seenByOthers.size() == 1) {
                    throw new IllegalStateException("not now");
                }
            }
        };
        order();
        Eventually.until(() -> datasetState().equals("done"), this::datasetState);
        assertThat(seenByOthers).containsExactly("running", "running");
        assertThat(told(DatasetBuilt.class)).as("told twice").hasSize(2);
        assertThat(notes()).as("of the attempt that committed").containsExactly("DatasetBuilt", "JobEnded");
    }

    private String stateOverAnotherConnection() {
        try (var connection = dataSource.getConnection();
                var statement = connection.prepareStatement("select state from asof.training_dataset where name = ?")) {
            statement.setString(1, name("set"));
            try (var result = statement.executeQuery()) {
                result.next();
                return result.getString(1);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void jobsThatAreDoneFailOrAreCancelledTellSo() throws SQLException {
        long done = read("select timestamptz '2026-01-01Z' as at");
        awaitRead("done");
        long failed = read("select 'no time'::text as at");
        awaitRead("failed");
        long cancelled;
        try (var connection = dataSource.getConnection();
                var statement = connection.createStatement()) {
            statement.execute("create table told.locked (at timestamptz)");
            statement.execute("grant usage on schema told to asof_tables");
            statement.execute("grant select on told.locked to asof_tables");
            connection.setAutoCommit(false);
            statement.execute("lock table told.locked");
            cancelled = read("select at from told.locked");
            awaitRead("running");
            api().post("/table-reads/%s/cancel".formatted(cancelled), "application/json", "")
                    .expect(200);
            connection.rollback();
        }
        assertThat(told(JobEnded.class)).extracting(JobEnded::job).containsExactly(done, failed, cancelled);
        assertThat(told(JobEnded.class))
                .extracting(JobEnded::state)
                .containsExactly(JobState.DONE, JobState.FAILED, JobState.CANCELLED);
        assertThat(told(JobEnded.class)).allSatisfy(ended -> {
            assertThat(ended.kind()).isEqualTo("table_read");
            assertThat(ended.about()).isEqualTo("source");
            assertThat(ended.subject()).isEqualTo(name("table"));
            assertThat(ended.version()).isEmpty();
            assertThat(ended.error().isPresent()).isEqualTo(ended.state() == JobState.FAILED);
        });
        assertThat(notes()).hasSize(3);
    }

    @Test
    void aBackfillTellsThatItIsDoneWithItsVersion() {
        meters.send(List.of(Meters.row("a", 1, 1, 1.0)));
        meters.define("- {name: twice, expression: \"amount * 2\"}");
        Eventually.until(() -> !told(JobEnded.class).isEmpty(), () -> state("materialization", "view", name("view")));
        assertThat(told(JobEnded.class)).singleElement().satisfies(ended -> {
            assertThat(ended.kind()).isEqualTo("materialization");
            assertThat(ended.about()).isEqualTo("feature_view");
            assertThat(ended.subject()).isEqualTo(name("view"));
            assertThat(ended.version()).isEqualTo(OptionalInt.of(2));
            assertThat(ended.state()).isEqualTo(JobState.DONE);
        });
    }
}
