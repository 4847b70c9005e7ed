package dev.asof.online.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.online.row.TestViews;
import dev.asof.shared.EntityKey;
import io.lettuce.core.cluster.SlotHash;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

class RowKeysTest {

    @Example
    void A6_compositeKeysNeverCollide() {
        var keys = List.<List<Object>>of(
                List.of("1", "23"),
                List.of("12", "3"),
                List.of("123"),
                List.of("123", ""),
                List.of("", "123"),
                List.of("{"),
                List.of("("),
                List.of("\\("),
                List.of("\\"),
                List.of("\\\\"),
                List.of("}"),
                List.of(")"),
                List.of("}{"),
                List.of("{}"),
                List.of("a}b"),
                List.of("\u0000"),
                List.of("\u0000\u0000"),
                List.of("g"),
                List.of(""),
                List.of(),
                List.of(1L),
                List.of(1),
                List.of("1"),
                List.of(true),
                List.of(false),
                List.of("é"),
                List.of("e\u0301"),
                List.of(new byte[] {'1'}));
        var encoded = new LinkedHashSet<String>();
        for (var key : keys) {
            encoded.add(hex(1, key));
        }

        assertThat(encoded).hasSameSizeAs(keys);
    }

    @Property(tries = 2_000)
    void A6_differentKeysHaveDifferentRedisKeys(
            @ForAll("keys") List<Object> first, @ForAll("keys") List<Object> second) {
        assertThat(hex(1, first).equals(hex(1, second))).isEqualTo(first.equals(second));
    }

    @Property
    void rowsOfOneEntityKeyShareAClusterSlotInEveryView(@ForAll("keys") List<Object> key) {
        byte[] inOne = RowKeys.key(TestViews.counter(1), key(key));
        byte[] inOther = RowKeys.key(TestViews.counter(987_654_321), key(key));

        assertThat(inOne).isNotEqualTo(inOther);
        assertThat(SlotHash.getSlot(inOne)).isEqualTo(SlotHash.getSlot(inOther));
    }

    @Example
    void aPatternMatchesOnlyItsOwnView() {
        assertThat(RowKeys.pattern(1)).isEqualTo("f1{*");
        assertThat(RowKeys.pattern(37)).isEqualTo("f11{*");
    }

    @Property
    void everyKeyOfAViewMatchesItsPattern(@ForAll @LongRange(min = 1) long view) {
        String pattern = RowKeys.pattern(view);
        String begin = new String(RowKeys.key(TestViews.counter(view), key(List.of("a"))), StandardCharsets.ISO_8859_1);

        assertThat(begin).startsWith(pattern.substring(0, pattern.length() - 1));
    }

    @Provide
    Arbitrary<List<Object>> keys() {
        Arbitrary<Object> values = Arbitraries.oneOf(
                Arbitraries.strings()
                        .withChars('{', '}', '\\', '(', ')', '\u0000', '1', '2', 'g')
                        .ofMaxLength(4)
                        .map(v -> v),
                Arbitraries.longs().map(v -> v),
                Arbitraries.integers().map(v -> v),
                Arbitraries.of(true, false).map(v -> v));
        return values.list().ofMaxSize(3);
    }

    private static String hex(long view, List<Object> key) {
        return HexFormat.of().formatHex(RowKeys.key(TestViews.counter(view), key(key)));
    }

    private static EntityKey key(List<Object> values) {
        return Objects.requireNonNull(EntityKey.of(values));
    }
}
