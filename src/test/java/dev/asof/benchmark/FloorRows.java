package dev.asof.benchmark;

import dev.asof.shared.EntityKey;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Where the rows of the benchmark stand in Redis, known without a registry, and how to read them without looking: the
 * benchmark's keys need no escapes, and its rows hold doubles alone.
 */
final class FloorRows {

    private static final int HEADER_BYTES = 18;

    private final Map<Integer, String> prefixes;
    private final Map<Integer, List<String>> columns;

    private FloorRows(Map<Integer, String> prefixes) {
        this.prefixes = prefixes;
        this.columns = prefixes.keySet().stream()
                .collect(Collectors.toMap(
                        features -> features,
                        features -> IntStream.range(0, features)
                                .mapToObj(i -> LookupShape.viewName(features) + "__f" + i)
                                .toList()));
    }

    /** Reads {@code 10=f3,50=f4}: the number of features of each view, and how its keys begin. */
    static FloorRows of(String views) {
        return new FloorRows(Arrays.stream(views.split(","))
                .map(view -> view.split("="))
                .collect(Collectors.toMap(view -> Integer.valueOf(view[0]), view -> view[1])));
    }

    /** The features of the view behind a service such as {@code model_10}. */
    static int features(String service) {
        return Integer.parseInt(service, "model_".length(), service.length(), 10);
    }

    List<String> columns(int features) {
        return Objects.requireNonNull(columns.get(features));
    }

    byte[] key(int features, String account) {
        byte[] tag = Objects.requireNonNull(EntityKey.of(List.of(account))).bytes();
        String prefix = Objects.requireNonNull(prefixes.get(features));
        byte[] key = new byte[prefix.length() + tag.length + 2];
        for (int i = 0; i < prefix.length(); i++) {
            key[i] = (byte) prefix.charAt(i);
        }
        key[prefix.length()] = '{';
        System.arraycopy(tag, 0, key, prefix.length() + 1, tag.length);
        key[key.length - 1] = '}';
        return key;
    }

    static double[] values(byte[] row, int features) {
        double[] values = new double[features];
        ByteBuffer.wrap(row, HEADER_BYTES, row.length - HEADER_BYTES)
                .asDoubleBuffer()
                .get(values);
        return values;
    }
}
