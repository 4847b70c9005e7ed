package dev.asof.training;

import dev.asof.formats.RowFormat;
import dev.asof.registry.RegisteredSource;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where a spine's rows come from. */
public sealed interface SpineInput {

    /** Rows in the request itself. */
    record Inline(List<@Nullable Map<String, @Nullable Object>> rows) implements SpineInput {}

    /** An uploaded file. */
    record Upload(RowFormat format, Content content) implements SpineInput {}

    /** One SELECT that a user wrote. */
    record Sql(String text) implements SpineInput {}

    /** All rows of a source in the order of acceptance. */
    record Source(RegisteredSource source) implements SpineInput {}

    /** Opens an upload's bytes. */
    @FunctionalInterface
    interface Content {
        InputStream open() throws IOException;
    }
}
