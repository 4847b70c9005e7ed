package dev.asof.formats;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.Int;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.Schema;
import org.apache.arrow.flatbuf.Type;
import org.jspecify.annotations.Nullable;

/**
 * What the Arrow schema in a Parquet file's footer says of columns that Parquet has no type for: polars writes its
 * integers of 128 bits as sixteen bytes, least first, and everyone writes durations as bare integers.
 */
final class ParquetArrowSchema {

    private static final String KEY = "ARROW:schema";
    private static final int CONTINUATION = -1;
    private static final int WIDE = 128;

    private ParquetArrowSchema() {}

    /** What only the Arrow schema tells. */
    enum Meaning {
        SIGNED_128,
        UNSIGNED_128,
        DURATION
    }

    /** The columns of such meanings, or lists of them; none where the schema makes no sense. */
    static Map<String, Meaning> meanings(Map<String, String> footer) {
        String encoded = footer.get(KEY);
        if (encoded == null) {
            return Map.of();
        }
        try {
            var bytes = ByteBuffer.wrap(Base64.getDecoder().decode(encoded));
            if (bytes.getInt(0) == CONTINUATION) {
                bytes.position(2 * Integer.BYTES);
            } else {
                bytes.position(Integer.BYTES);
            }
            var message = Message.getRootAsMessage(bytes.slice());
            return message.headerType() == MessageHeader.Schema && message.header(new Schema()) instanceof Schema schema
                    ? meanings(schema)
                    : Map.of();
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            // only a hint: whoever wrote it wrong has written bytes
            return Map.of();
        }
    }

    private static Map<String, Meaning> meanings(Schema schema) {
        var found = new HashMap<String, Meaning>();
        for (int i = 0; i < schema.fieldsLength(); i++) {
            var field = schema.fields(i);
            if (field != null) {
                meaning(isList(field) ? field.children(0) : field)
                        .ifPresent(meaning -> found.put(String.valueOf(field.name()), meaning));
            }
        }
        return found;
    }

    private static Optional<Meaning> meaning(@Nullable Field field) {
        if (field != null && field.typeType() == Type.Duration) {
            return Optional.of(Meaning.DURATION);
        }
        return field != null
                        && field.typeType() == Type.Int
                        && field.type(new Int()) instanceof Int integer
                        && integer.bitWidth() == WIDE
                ? Optional.of(integer.isSigned() ? Meaning.SIGNED_128 : Meaning.UNSIGNED_128)
                : Optional.empty();
    }

    private static boolean isList(Field field) {
        return field.childrenLength() == 1
                && (field.typeType() == Type.List
                        || field.typeType() == Type.LargeList
                        || field.typeType() == Type.FixedSizeList);
    }
}
