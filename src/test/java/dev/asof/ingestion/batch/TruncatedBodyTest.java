package dev.asof.ingestion.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.formats.ParquetFiles;
import dev.asof.formats.RowFormat;
import dev.asof.formats.TableReaders;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * A body cut anywhere is refused, with the exceptions that the formats themselves make: NDJSON cut between two lines,
 * and CSV cut between two lines or within the last field of one. Those only the framing of HTTP can tell.
 */
class TruncatedBodyTest {

    private static final String SCHEMA = "message m { optional int64 a; optional binary b (STRING); }";

    private final TableReaders readers = TableReaders.unlimited();

    /** The rows, or empty when the body is refused as malformed. */
    private Optional<List<List<Object>>> rows(RowFormat format, byte[] body) {
        var rows = new ArrayList<List<Object>>();
        try (var reader = readers.open(format, new ByteArrayInputStream(body))) {
            for (Object[] row = reader.next(); row != null; row = reader.next()) {
                rows.add(Arrays.asList(row));
            }
            return Optional.of(rows);
        } catch (AsofException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_REQUEST);
            return Optional.empty();
        }
    }

    @Test
    void everyPrefixOfJsonIsRefused() {
        byte[] body = "{\"rows\": [{\"a\":1,\"b\":\"é\\\"\"},\n {\"a\":2.5,\"b\":[1,null]}]}"
                .getBytes(StandardCharsets.UTF_8);
        assertThat(rows(RowFormat.JSON, body)).isPresent();
        for (int length = 0; length < body.length; length++) {
            assertThat(rows(RowFormat.JSON, Arrays.copyOf(body, length)))
                    .as("%s bytes", length)
                    .isEmpty();
        }
    }

    @Test
    void aPrefixOfNdjsonIsRefusedUnlessItEndsWithARow() {
        byte[] body = "{\"a\":1,\"b\":\"é\"}\n{\"a\":2,\"b\":\"}\"}\n".getBytes(StandardCharsets.UTF_8);
        var whole = rows(RowFormat.NDJSON, body).orElseThrow();
        for (int length = 0; length < body.length; length++) {
            var read = rows(RowFormat.NDJSON, Arrays.copyOf(body, length));
            boolean endsWithRow = length > 0 && (body[length - 1] == '\n' || body[length] == '\n');
            assertThat(read.isPresent()).as("%s bytes", length).isEqualTo(endsWithRow);
            read.ifPresent(rows -> assertThat(whole).startsWith(rows.toArray(List[]::new)));
        }
    }

    @Test
    void aPrefixOfCsvIsRefusedUnlessItEndsWithARowOrInsideItsLastField() {
        byte[] body = "a,b\n1,\"x\n\"\"y\"\"\"\n22,zé\n".getBytes(StandardCharsets.UTF_8);
        var whole = rows(RowFormat.CSV, body).orElseThrow();
        for (int length = 0; length < body.length; length++) {
            int last = length;
            rows(RowFormat.CSV, Arrays.copyOf(body, length)).ifPresent(rows -> {
                int complete = Math.max(0, rows.size() - 1);
                assertThat(rows.subList(0, complete)).as("%s bytes", last).isEqualTo(whole.subList(0, complete));
                if (!rows.isEmpty() && !rows.getLast().equals(whole.get(complete))) {
                    assertThat(rows.getLast().getFirst())
                            .isEqualTo(whole.get(complete).getFirst());
                }
            });
        }
    }

    @Test
    void everyPrefixOfParquetIsRefused() {
        byte[] body = ParquetFiles.of(
                SCHEMA, 50, (group, i) -> group.append("a", (long) i).append("b", "text " + i));
        assertThat(rows(RowFormat.PARQUET, body).orElseThrow()).hasSize(50);
        for (int length = 0; length < body.length; length++) {
            assertThat(rows(RowFormat.PARQUET, Arrays.copyOf(body, length)))
                    .as("%s bytes", length)
                    .isEmpty();
        }
    }

    @Test
    void damagedParquetIsRefusedOrReadButNeverBreaksTheServer() {
        byte[] body = ParquetFiles.of(
                SCHEMA, 50, (group, i) -> group.append("a", (long) i).append("b", "text " + i));
        for (int position = 0; position < body.length; position++) {
            byte[] damaged = body.clone();
            damaged[position] ^= (byte) 0x55;
            rows(RowFormat.PARQUET, damaged);
        }
    }
}
