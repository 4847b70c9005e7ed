package dev.asof.training.spine;

import dev.asof.formats.TableReaders;
import dev.asof.postgres.RowFetch;
import dev.asof.shared.HeavyWork;
import dev.asof.training.SpineInput;
import dev.asof.training.TrainingQuery;
import dev.asof.training.spine.ColumnInference.Values;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.springframework.stereotype.Component;

/** Opens spines wherever their rows come from. */
@Component
public class SpineSources {

    private final TableReaders files;
    private final ReaderSessions sessions;
    private final HeavyWork heavy;

    SpineSources(TableReaders files, ReaderSessions sessions, HeavyWork heavy) {
        this.files = files;
        this.sessions = sessions;
        this.heavy = heavy;
    }

    /**
     * Reads a spine into a file.
     *
     * @throws dev.asof.shared.AsofException when it can't be opened, as for SQL that is refused, and as
     *     {@link SpineLoader#load} does
     */
    public LoadedSpine load(SpineInput input, TrainingQuery query, SpineFile file) {
        return RowFetch.reading(careful -> {
            file.begin();
            try (var open = open(input, careful)) {
                return new SpineLoader(open, query).load(file);
            }
        });
    }

    private OpenSpine open(SpineInput input, boolean careful) {
        return switch (input) {
            case SpineInput.Inline inline -> new OpenSpine(new InlineRows(inline.rows()), Values.JSON, false);
            case SpineInput.Upload upload -> file(upload);
            case SpineInput.Sql sql -> {
                var checked = heavy.run("Checking the SQL", () -> SelectGuard.checked(sql.text()));
                yield new OpenSpine(sessions.query(checked, careful), Values.EXACT, false);
            }
            case SpineInput.Source source ->
                new OpenSpine(
                        sessions.query(SourceSelect.of(source.source().definition()), careful), Values.EXACT, false);
        };
    }

    private OpenSpine file(SpineInput.Upload upload) {
        try {
            var reader = files.open(upload.format(), upload.content().open());
            return switch (upload.format()) {
                case CSV -> new OpenSpine(reader, Values.TEXT, false);
                case PARQUET -> new OpenSpine(new SpineReadAhead(reader), Values.EXACT, false);
                case JSON, NDJSON -> new OpenSpine(reader, Values.JSON, true);
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
