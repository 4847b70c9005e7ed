package dev.asof.ingestion.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.ingestion.BatchKind;
import dev.asof.ingestion.BatchMaterializer;
import dev.asof.ingestion.OnlineState;
import dev.asof.ingestion.Published;
import dev.asof.ingestion.contract.IncomingRow;
import dev.asof.offline.LogRow;
import dev.asof.offline.SourceLog;
import dev.asof.postgres.PostgresProbe;
import dev.asof.postgres.RowCopier;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.shared.AsofException;
import dev.asof.shared.BatchId;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.SourceName;
import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Readings;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The protocol that all batches follow, against Postgres, with a materializer that writes down what is asked of it. */
@AsofServerTest
class BatchTransactionTest {

    private static final IncomingRow.Accepted ROW =
            new IncomingRow.Accepted(1, new Object[] {Instant.parse("2026-01-01T00:00:00Z"), "m1", 1L, false});

    @LocalServerPort
    private int port;

    @Autowired
    private Registry registry;

    @Autowired
    private SourceLog log;

    @Autowired
    private RowCopier copier;

    @Autowired
    private Batches batches;

    @Autowired
    private PlatformTransactionManager transactions;

    @Autowired
    private PostgresProbe probe;

    @Autowired
    private DataSource dataSource;

    private final List<String> calls = new ArrayList<>();
    private final SourceName source = new SourceName("protocol_rows");
    private BatchTransaction transaction;
    private JdbcClient jdbc;

    @BeforeEach
    void defineSource() {
        new Readings(new ApiClient(port), dataSource, "protocol").defineSource();
        jdbc = JdbcClient.create(dataSource);
        transaction = new BatchTransaction(
                registry,
                new OpenBatches.Stores(log, copier, new Recorder(), batches),
                transactions,
                dataSource,
                probe,
                new IngestionProperties(Duration.ofMillis(300)),
                Clock.systemUTC());
    }

    @Test
    void I1_aBatchIsOnRecordBeforeItsCommitAndOnlineAfterIt() {
        long before = rows();
        var answer = transaction.run(source, BatchKind.PUSH, this::oneRow, (batch, online) -> {
            calls.add("answer");
            assertThat(rows()).isEqualTo(before + 1);
            return online;
        });
        assertThat(answer).isEqualTo(OnlineState.APPLIED);
        assertThat(calls).containsExactly("begin", "add", "pending", "publish", "answer", "close");
    }

    @Test
    void whatTheWorkDoesBesidesCommitsWithTheBatch() {
        jdbc.sql("create table if not exists public.protocol_offsets (place bigint)")
                .update();
        transaction.run(
                source,
                BatchKind.PUSH,
                open -> {
                    jdbc.sql("insert into public.protocol_offsets values (7)").update();
                    return oneRow(open);
                },
                (batch, _) -> batch);
        assertThatThrownBy(() -> transaction.run(
                        source,
                        BatchKind.PUSH,
                        open -> {
                            jdbc.sql("insert into public.protocol_offsets values (8)")
                                    .update();
                            oneRow(open);
                            throw new IllegalStateException("planted");
                        },
                        (batch, _) -> batch))
                .hasMessage("planted");
        assertThat(jdbc.sql("select place from public.protocol_offsets")
                        .query(Long.class)
                        .list())
                .containsExactly(7L);
    }

    @Test
    void howeverItEndsWhatWasBegunIsClosed() {
        for (Function<OpenBatches, BatchId> failing : List.<Function<OpenBatches, BatchId>>of(
                open -> {
                    oneRow(open);
                    throw new IllegalStateException("planted");
                },
                open -> {
                    oneRow(open);
                    throw new OutOfMemoryError("planted");
                },
                open -> {
                    oneRow(open);
                    // refused at the commit
                    jdbc.sql("""
                        create temporary table protocol_twice (
                            id bigint unique deferrable initially deferred) on commit drop
                        """).update();
                    jdbc.sql("insert into protocol_twice values (1), (1)").update();
                    return new BatchId(1);
                })) {
            calls.clear();
            long before = rows();
            assertThatThrownBy(() -> transaction.run(source, BatchKind.PUSH, failing, (batch, _) -> batch));
            assertThat(calls).contains("begin").endsWith("close").doesNotContain("publish");
            assertThat(rows()).isEqualTo(before);
        }
    }

    @Test
    void workThatIsUndoneStoresNothingAndPublishesNothing() {
        long before = rows();
        try (var committed = transaction.commit(scope -> {
            scope.undo();
            return oneRow(scope.open(source, BatchKind.PUSH));
        })) {
            assertThat(committed.publish()).isEqualTo(Published.NOTHING);
        }
        assertThat(calls).containsExactly("begin", "add", "close");
        assertThat(rows()).isEqualTo(before);
    }

    @Test
    void aSourceThatStaysLockedRefusesBatchesInsteadOfHoldingThemForEver() {
        new TransactionTemplate(transactions).executeWithoutResult(_ -> {
            jdbc.sql("lock table asof.batch").update();
            var other = Thread.ofVirtual()
                    .start(() -> assertThatThrownBy(
                                    () -> transaction.run(source, BatchKind.PUSH, this::oneRow, (batch, _) -> batch))
                            .isInstanceOfSatisfying(AsofException.class, refused -> {
                                assertThat(refused.code()).isEqualTo(ErrorCode.UNAVAILABLE);
                                calls.add("refused");
                            }));
            try {
                other.join(Duration.ofSeconds(20));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(calls).contains("refused");
    }

    private BatchId oneRow(OpenBatches open) {
        var tally = new BatchTally();
        BatchId batch = open.begin(tally);
        tally.count(ROW);
        var writer = open.writer();
        writer.add(batch, ROW);
        writer.cut().store();
        return batch;
    }

    private long rows() {
        return jdbc.sql("select coalesce(sum(accepted), 0) from asof.batch where source = :source")
                .param("source", source.value())
                .query(Long.class)
                .single();
    }

    private final class Recorder implements BatchMaterializer {

        @Override
        public Materialization begin(RegisteredSource begun, List<RegisteredView> views) {
            calls.add("begin");
            return new Materialization() {
                @Override
                public void add(LogRow row) {
                    calls.add("add");
                }

                @Override
                public Chunk cut() {
                    return () -> {};
                }

                @Override
                public void recordPending(Collection<BatchId> accepted) {
                    calls.add("pending");
                }

                @Override
                public Published publish() {
                    calls.add("publish");
                    return Published.NOTHING;
                }

                @Override
                public void close() {
                    calls.add("close");
                }
            };
        }
    }
}
