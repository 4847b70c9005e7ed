package dev.asof.benchmark;

import com.sun.management.ThreadMXBean;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.transform.CompiledExpression;
import dev.asof.transform.ExpressionCompiler;
import dev.asof.transform.ExpressionCompiler.Input;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the evaluation of an expression takes, in time and in memory, all of them in turns as on a server with many features.
 * Rows are made beforehand.
 */
public final class ExpressionBenchmark {

    private static final int ROWS = 1_024;
    private static final int ROUNDS = 7;
    private static final int WARM_UP_ROUNDS = 2_000;
    private static final int PASSES = 400;

    private static final List<Input> INPUTS = List.of(
            new Input("amount", ScalarType.FLOAT64),
            new Input("tx_sum", ScalarType.FLOAT64),
            new Input("tx_count", ScalarType.INT64),
            new Input("age", ScalarType.INT32),
            new Input("signup", ScalarType.TIMESTAMP),
            new Input("as_of", ScalarType.TIMESTAMP),
            new Input("is_new", ScalarType.BOOLEAN),
            new Input("city", ScalarType.STRING),
            new Input("vector", ListType.of(ScalarType.FLOAT32)));

    private static final List<String> EXPRESSIONS = List.of(
            "amount",
            "amount / tx_sum",
            "tx_count > 0 ? tx_sum / tx_count : 0.0",
            "ln(tx_count + 1)",
            "days_between(signup, as_of)",
            "bucketize(age, [18, 25, 35, 50, 65])",
            "!is_new && amount > 3 * tx_sum / (tx_count + 1) && age >= 18",
            "round((amount - tx_sum / (tx_count + 1)) * 100) % 97 + tx_count * 3 - age",
            "coalesce(vector[3] * 2, 0.0) + age",
            "length(city) + size(vector)");

    private ExpressionBenchmark() {}

    public static void main(String[] args) throws Exception {
        var random = new Random(1);
        List<@Nullable Object[]> rows =
                IntStream.range(0, ROWS).mapToObj(i -> row(random)).toList();
        var compiled = EXPRESSIONS.stream().map(ExpressionBenchmark::compile).toList();
        for (int i = 0; i < WARM_UP_ROUNDS; i++) {
            for (CompiledExpression expression : compiled) {
                pass(expression, rows, 1);
            }
        }
        for (int i = 0; i < compiled.size(); i++) {
            measure(EXPRESSIONS.get(i), compiled.get(i), rows);
        }
    }

    private static void measure(String text, CompiledExpression expression, List<@Nullable Object[]> rows)
            throws Exception {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        double best = Double.MAX_VALUE;
        double bytes = 0;
        for (int i = 0; i < ROUNDS; i++) {
            long allocated = threads.getCurrentThreadAllocatedBytes();
            long started = System.nanoTime();
            pass(expression, rows, PASSES);
            best = Math.min(best, System.nanoTime() - started);
            bytes = threads.getCurrentThreadAllocatedBytes() - allocated;
        }
        double evaluations = (double) PASSES * ROWS;
        System.out.printf("%6.1f ns %5.0f bytes  %s%n", best / evaluations, bytes / evaluations, text);
    }

    /** How many values are null, so that none is left out as useless. */
    private static int pass(CompiledExpression expression, List<@Nullable Object[]> rows, int passes) throws Exception {
        int nulls = 0;
        for (int i = 0; i < passes; i++) {
            for (@Nullable Object[] row : rows) {
                nulls += expression.evaluate(row) == null ? 1 : 0;
            }
        }
        return nulls;
    }

    private static CompiledExpression compile(String expression) {
        try {
            return ExpressionCompiler.compile(expression, INPUTS, Optional.empty());
        } catch (Exception e) {
            throw new IllegalStateException(expression, e);
        }
    }

    private static @Nullable Object[] row(Random random) {
        return Stream.of(
                        random.nextDouble(1000),
                        random.nextDouble(10_000),
                        random.nextLong(1_000),
                        random.nextInt(90),
                        Instant.ofEpochSecond(1_700_000_000 + random.nextInt(10_000_000)),
                        Instant.ofEpochSecond(1_790_000_000),
                        random.nextBoolean(),
                        "city " + random.nextInt(500),
                        IntStream.range(0, 32).mapToObj(i -> random.nextFloat()).collect(Collectors.toList()))
                .toArray();
    }
}
