package dev.asof.training;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** One immutable version of a training dataset, written {@code delays@v3}. */
public record DatasetVersion(String name, int version) {

    /** What a path names: a version, or whichever is the newest that is done. */
    public record Reference(String name, OptionalInt version) {

        private static final Pattern FORM = Pattern.compile("(?<name>[^@]+)(@v(?<version>[1-9]\\d{0,8}))?");

        public static Reference parse(String text) {
            var matcher = FORM.matcher(text);
            if (!matcher.matches()) {
                throw new AsofException(
                        ErrorCode.MALFORMED_REQUEST,
                        "'%s' names no training dataset: write its name, or name@v2 for a version".formatted(text));
            }
            var version = matcher.group("version");
            return new Reference(
                    matcher.group("name"),
                    version == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(version)));
        }
    }

    /** The stem of the spine table's name; with {@code _spine} at most 63 bytes long. */
    public String spineTable() {
        return name + "__v" + version + "_spine";
    }

    /** As errors and pins name it. */
    public String label() {
        return "training dataset " + this;
    }

    @Override
    public String toString() {
        return name + "@v" + version;
    }
}
