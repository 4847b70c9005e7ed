package dev.asof.transform;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an evaluation takes of the memory. */
class ExpressionBoxingTest {

    private static final int EVALUATIONS = 500;
    private static final int FRAME_AND_RESULT = 48;

    /** Only the result is an object, whatever number of steps there are on the way. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "(i * 1000 + i32 - 3000) % 777 * 5 + round(d * 1000) + int(f * 1e6) + abs(-i * 999) + 1000",
                "ln(d + i) / (f + 1) + exp(d) + double(i) + sqrt(i32) + 2 * vector[1] - -d",
                "!b && i * 1000 > 3000 && d < i + 0.5 || i32 + 1000 >= d && f != 7 || (i == 7000.5) == b",
                "(b ? i + 2000 : i32 + 3000) + coalesce(ints[2], 5000) + length(s) + size(ints) + day_of_week(ts)",
                "(b ? i : d + 1) + coalesce(d * 2, 1) + days_between(ts, later) + max(d, i, f, 9) + min(d, 2)",
                "i + 1000 in ints || d + 0.25 in vector || i * 100 in [1000, 2000] || d == null || starts_with(s, '"
                        + " H')",
                "1000 + bucketize(d * 1000, [0.5, 10, 1000]) + bucketize(i * 1000, [1, 5000]) + hour_of_day(later)",
            })
    void noNumberIsBoxedOnItsWay(String expression) throws Exception {
        assertThat(allocated(expression)).isLessThanOrEqualTo(FRAME_AND_RESULT);
    }

    private static long allocated(String expression) throws Exception {
        CompiledExpression compiled = Expressions.compile(expression);
        Object[] row = Expressions.row();
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assertThat(compiled.evaluate(row)).isNotNull();
        long fewest = Long.MAX_VALUE;
        for (int attempt = 0; attempt < 3; attempt++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < EVALUATIONS; i++) {
                compiled.evaluate(row);
            }
            fewest = Math.min(fewest, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return fewest / EVALUATIONS;
    }
}
