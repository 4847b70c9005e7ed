package dev.asof.formats;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How much a file of rows may hold, however small it is while packed.
 *
 * @param maxRows of one file
 * @param maxDecoded of all its rows once unpacked: texts and bytes as long as they are, other values 8 bytes each
 */
@ConfigurationProperties("asof.files")
public record FileLimits(
        @DefaultValue("5000000") long maxRows,
        @DefaultValue("400MB") DataSize maxDecoded) {

    /** For files that Asof wrote itself. */
    static final FileLimits NONE = new FileLimits(Long.MAX_VALUE, DataSize.ofBytes(Long.MAX_VALUE));

    /** More are no table: what is done a column, and told of each, would take too long. */
    static final int MAX_COLUMNS = 10_000;

    /** @throws AsofException PAYLOAD_TOO_LARGE when there are more than may be */
    void checkRows(long rows) {
        if (rows > maxRows) {
            throw tooLarge("has more than %s rows (asof.files.max-rows)".formatted(maxRows));
        }
    }

    /** @throws AsofException PAYLOAD_TOO_LARGE when it is more than may be */
    void checkDecoded(long bytes) {
        if (bytes > maxDecoded.toBytes()) {
            throw tooLarge("has more than %s MB once it is unpacked (asof.files.max-decoded)"
                    .formatted(maxDecoded.toMegabytes()));
        }
    }

    /** @throws AsofException PAYLOAD_TOO_LARGE when there are more than may be */
    static void checkColumns(int columns) {
        if (columns > MAX_COLUMNS) {
            throw tooLarge("has %s columns, and at most %s are read".formatted(columns, MAX_COLUMNS));
        }
    }

    private static AsofException tooLarge(String what) {
        return new AsofException(ErrorCode.PAYLOAD_TOO_LARGE, "The file %s: send it in parts".formatted(what));
    }
}
