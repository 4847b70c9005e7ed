package dev.asof.training.historical;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.formats.ArrowRowWriter;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.test.context.TestPropertySource;

/** Answers that take long, with a deadline that they don't meet on a busy machine either. */
@TestPropertySource(properties = "asof.reader.deadline=1m")
class StreamingTest extends TrainingServerTest {

    /** A row of the first block fails in Postgres. */
    private static final String BREAKS_EARLY = "select case when row_sequence = 5000 then 'BROKEN' else 'JFK' end as"
            + " origin, ts as as_of, md5(row_sequence::text) as a from sources.big order by row_sequence";

    /** The last row fails in Postgres when the first blocks are long with the client. */
    private static final String BREAKS_LATE = "select case when row_sequence = 20000 and i = 7 then 'BROKEN' else"
            + " 'JFK' end as origin, ts as as_of from sources.big, generate_series(1, 7) i"
            + " order by i, row_sequence";

    @ParameterizedTest
    @ValueSource(strings = {"ndjson", "csv", "arrow"})
    void aFailureAfterTheFirstByteBreaksTheConnection(String format) throws Exception {
        try (var socket = connect(format, BREAKS_LATE)) {
            var answer = socket.getInputStream().readAllBytes();

            assertThat(new String(answer, 0, 12, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");
            assertThat(answer.length).isGreaterThan(60_000);
            assertThat(endsWell(answer)).isFalse();
            assertThat(new String(answer, StandardCharsets.ISO_8859_1)).doesNotContain("division", "Internal Server");
        }
        assertThat(openTransactions()).isZero();
        assertThat(ArrowRowWriter.MEMORY.getAllocatedMemory()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ndjson", "csv", "parquet", "arrow"})
    void aFailureBeforeTheFirstByteIsAnOrdinaryError(String format) throws Exception {
        try (var socket = connect(format, BREAKS_EARLY)) {
            var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);

            assertThat(answer).startsWith("HTTP/1.1 500").doesNotContain("attachment", format + "\r\n");
        }
        assertThat(openTransactions()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ndjson", "arrow"})
    void aWholeAnswerEndsWell(String format) throws Exception {
        try (var socket = connect(format, BREAKS_LATE.replace("'BROKEN'", "'SFO'"))) {
            assertThat(endsWell(socket.getInputStream().readAllBytes())).isTrue();
        }
    }

    @Test
    void aClientThatGoesAwayEndsTheQueryAndFreesItsMemory() throws Exception {
        var endless = "select b.origin, b.ts as as_of, md5(b.origin) as x from sources.big b, generate_series(1, 10)";
        try (var socket = connect("arrow", endless)) {
            InputStream in = socket.getInputStream();
            assertThat(in.readNBytes(1_000)).hasSize(1_000);
            assertThat(openTransactions()).isPositive();
        }
        for (int i = 0; i < 100 && openTransactions() > 0; i++) {
            Thread.sleep(50);
        }
        assertThat(openTransactions()).isZero();
        assertThat(ArrowRowWriter.MEMORY.getAllocatedMemory()).isZero();
    }

    @Test
    void largeRowsThatAreInBoundsAreRead() throws Exception {
        var response = postSql("""
            select 'JFK' as origin, timestamptz '2026-01-01T00:00:00Z' as as_of, repeat('x', 900000) as v
            from generate_series(1, 70)\
            """);

        assertThat(response.statusCode()).as(response.body().substring(0, 300)).isEqualTo(200);
        assertThat(response.body().lines().count()).isEqualTo(70);
    }

    @Test
    void rowsThatAreSmallAtFirstAndLargeThenAreRead() throws Exception {
        var response = postSql("""
            select 'JFK' as origin, timestamptz '2026-01-01T00:00:00Z' as as_of,
                   repeat('x', case when i < 9000 then 1 else 900000 end) as v
            from generate_series(1, 9080) i\
            """);

        assertThat(response.statusCode()).as(response.body().substring(0, 300)).isEqualTo(200);
        assertThat(response.body().lines().count()).isEqualTo(9_080);
    }

    private Socket connect(String format, String sql) throws Exception {
        var body = "{\"features\":[\"delays:*\"],\"spine\":{\"sql\":\"" + sql + "\"}}";
        var request = """
            POST /api/v1/historical-features?format=%s HTTP/1.1\r
            Host: localhost\r
            Connection: close\r
            Content-Type: application/json\r
            Content-Length: %s\r
            \r
            %s\
            """.formatted(format, body.length(), body);
        var socket = new Socket("localhost", port);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    /** Whether the body has its last chunk. */
    private static boolean endsWell(byte[] answer) {
        return new String(answer, StandardCharsets.ISO_8859_1).endsWith("\r\n0\r\n\r\n");
    }

    private long openTransactions() {
        return jdbc.sql("""
            select count(*) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()
              and (state = 'active' or state like 'idle in transaction%')
            """).query(Long.class).single();
    }
}
