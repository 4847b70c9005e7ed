package dev.asof.formats;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the texts of a column stand for that none of our types holds. Such a column is only handed through: it is STRING,
 * and comes out of a typed format as what it was.
 */
public sealed interface ColumnForm {

    /** The name as manifests show it, in place of STRING. */
    String typeName();

    /** Decimals in plain digits, at most {@code scale} of them behind the point. */
    record Decimal(int precision, int scale) implements ColumnForm {

        /** What Arrow holds. */
        public static final int MAX_PRECISION = 76;

        /** What every reader of Parquet takes; polars and DuckDB refuse a file with more in any column. */
        public static final int COMMON_PRECISION = 38;

        private static final Pattern NAME = Pattern.compile("DECIMAL\\(([0-9]{1,2}),([0-9]{1,2})\\)");

        public Decimal {
            if (precision < 1 || precision > MAX_PRECISION || scale < 0 || scale > precision) {
                throw new IllegalArgumentException(
                        "No decimal has precision %s and scale %s".formatted(precision, scale));
            }
        }

        /** The bytes that hold every value. */
        int width() {
            return BigInteger.TEN.pow(precision).bitLength() / Byte.SIZE + 1;
        }

        public BigDecimal value(String text) {
            return new BigDecimal(text).setScale(scale);
        }

        /** A value's digits without the point, big-endian and {@link #width} long. */
        public byte[] bytes(String text) {
            byte[] digits = value(text).unscaledValue().toByteArray();
            byte[] wide = new byte[width()];
            Arrays.fill(wide, 0, wide.length - digits.length, (byte) (digits[0] < 0 ? -1 : 0));
            System.arraycopy(digits, 0, wide, wide.length - digits.length, digits.length);
            return wide;
        }

        @Override
        public String typeName() {
            return "DECIMAL(%s,%s)".formatted(precision, scale);
        }

        private static Optional<ColumnForm> parse(String name) {
            var matcher = NAME.matcher(name);
            return matcher.matches()
                    ? Optional.of(new Decimal(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))))
                    : Optional.empty();
        }
    }

    /** Days such as {@code 2026-11-28}. */
    record Date() implements ColumnForm {

        /** Whether a day has a place in Parquet and Arrow. */
        static boolean holds(LocalDate day) {
            return day.toEpochDay() == (int) day.toEpochDay();
        }

        /** Days since 1970. */
        int days(String text) {
            return Math.toIntExact(LocalDate.parse(text).toEpochDay());
        }

        @Override
        public String typeName() {
            return "DATE";
        }
    }

    /** Reads {@link #typeName()}. */
    static Optional<ColumnForm> parse(String name) {
        return name.equals("DATE") ? Optional.of(new Date()) : Decimal.parse(name);
    }
}
