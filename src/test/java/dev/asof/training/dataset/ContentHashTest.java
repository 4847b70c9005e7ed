package dev.asof.training.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.formats.ResultColumn;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.training.ContentHash;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ContentHashTest {

    private static final List<ResultColumn> COLUMNS = List.of(
            new ResultColumn("a", ScalarType.STRING),
            new ResultColumn("b", ListType.of(ScalarType.INT32)),
            new ResultColumn("c", ScalarType.TIMESTAMP),
            new ResultColumn("d", ScalarType.FLOAT64));

    private static String hash(@Nullable Object[]... rows) {
        var hash = new ContentHash(COLUMNS);
        for (var row : rows) {
            hash.row(row);
        }
        return hash.value();
    }

    /** As its description says, so that others can compute it. */
    @Test
    void theEncodingIsTheOneDescribed() throws Exception {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.writeInt(4);
        for (String text : List.of("a", "STRING", "b", "INT32_LIST", "c", "TIMESTAMP", "d", "FLOAT64")) {
            out.writeInt(text.length());
            out.writeBytes(text);
        }
        out.write(1);
        out.writeInt(2);
        out.write(new byte[] {(byte) 0xc3, (byte) 0xb8});
        out.write(1);
        out.writeInt(2);
        out.write(1);
        out.writeInt(7);
        out.write(0);
        out.write(1);
        out.writeLong(1_000_001);
        out.write(0);
        var expected =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()));

        assertThat(hash(new Object[] {"ø", Arrays.asList(7, null), Instant.ofEpochSecond(1, 1_000), null}))
                .isEqualTo("sha256:" + expected);
    }

    @Test
    void orderNullsAndBordersMatter() {
        Object[] one = {"a", List.of(), Instant.EPOCH, 0.0};
        Object[] two = {"", List.of(), Instant.EPOCH, -0.0};
        Object[] three = {null, List.of(), Instant.EPOCH, 0.0};
        Object[] four = {"", null, Instant.EPOCH, 0.0};
        assertThat(List.of(hash(), hash(one), hash(two), hash(three), hash(four), hash(one, two), hash(two, one)))
                .doesNotHaveDuplicates();
        assertThat(hash(one, two)).isEqualTo(hash(one, two));
    }
}
