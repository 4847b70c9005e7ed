package dev.asof.formats;

import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CsvCallbackHandler;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.RecordType;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads CSV with a header: an empty field is null, {@code ""} the empty string (rule J2). */
final class CsvTableReader implements TableReader {

    private static final String VIOLATION = "malformed_csv";
    private static final char END_MARK = '\uFFFF';

    private final RequestBody body;
    private final Fields fields = new Fields();
    private final CloseableIterator<@Nullable Object[]> records;
    private final List<Column> columns;
    private long rowNumber;
    private boolean ended;

    CsvTableReader(RequestBody body) {
        this.body = body;
        var decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        this.records = CsvReader.builder()
                .allowExtraFields(true)
                .allowMissingFields(true)
                .allowExtraCharsAfterClosingQuote(false)
                .maxBufferSize(RequestBody.MAX_RECORD_LENGTH)
                .build(fields, new EndMarkingReader(new InputStreamReader(body, decoder)))
                .iterator();
        this.columns = header();
    }

    private List<Column> header() {
        @Nullable Object[] names = record();
        if (names == null) {
            throw new AsofException(ErrorCode.MALFORMED_REQUEST, "The CSV is empty: its first line names the columns");
        }
        FileLimits.checkColumns(names.length);
        var header = new ArrayList<Column>(names.length);
        var seen = new HashSet<String>();
        for (int i = 0; i < names.length; i++) {
            Object name = names[i];
            // pandas writes its index without a name, and reads it back under this one
            String named = name == null || name.equals("") ? "Unnamed: " + i : (String) name;
            if (!seen.add(named)) {
                throw new AsofException(
                        ErrorCode.MALFORMED_REQUEST, "The CSV's header names the column '%s' twice".formatted(named));
            }
            header.add(new Column(named, Optional.empty()));
        }
        return List.copyOf(header);
    }

    @Override
    public List<Column> columns() {
        return columns;
    }

    @Override
    public @Nullable Object @Nullable [] next() {
        @Nullable Object[] values = record();
        if (values == null) {
            return null;
        }
        if (values.length != columns.size()) {
            throw RequestBody.malformedText(
                    VIOLATION,
                    fields.line,
                    "Line %s of the CSV has %s values, but its header names %s columns"
                            .formatted(fields.line, values.length, columns.size()));
        }
        rowNumber++;
        return values;
    }

    private @Nullable Object @Nullable [] record() {
        if (ended) {
            return null;
        }
        try {
            if (!records.hasNext()) {
                throw RequestBody.malformedText(
                        VIOLATION,
                        fields.line,
                        "The CSV ends inside the quotes of the record that begins in line " + fields.line);
            }
            @Nullable Object[] values = records.next();
            ended = isEndMark(values) && !records.hasNext();
            return ended ? null : values;
        } catch (CsvParseException e) {
            throw body.malformed(
                    VIOLATION,
                    fields.line,
                    "The CSV can't be read after line %s: %s".formatted(fields.line, explained(e)));
        } catch (UncheckedIOException e) {
            throw body.malformed(
                    VIOLATION,
                    fields.line,
                    e.getCause() instanceof CharacterCodingException
                            ? "The CSV is not valid UTF-8 after line %s: save it as UTF-8".formatted(fields.line)
                            : "The CSV can't be read after line " + fields.line);
        }
    }

    private static boolean isEndMark(@Nullable Object[] values) {
        return values.length == 1
                && values[0] instanceof String text
                && text.length() == 1
                && text.charAt(0) == END_MARK;
    }

    @Override
    public long rowNumber() {
        return rowNumber;
    }

    @Override
    public void close() {
        body.close();
    }

    private static String explained(CsvParseException e) {
        String message = String.valueOf((e.getCause() == null ? e : e.getCause()).getMessage());
        return message.startsWith("The maximum buffer size")
                ? "a value is longer than %s characters, or a quote is not closed"
                        .formatted(RequestBody.MAX_RECORD_LENGTH)
                : message;
    }

    /** Collects the fields of a record, with what the library's own records drop: whether an empty one was quoted. */
    private static final class Fields extends CsvCallbackHandler<@Nullable Object[]> {

        private @Nullable Object[] values = new @Nullable Object[16];
        private int count;
        private int length;
        private long line;
        private RecordType type = RecordType.DATA;

        @Override
        protected void beginRecord(long startingLine) {
            line = startingLine;
            count = 0;
            length = 0;
            type = RecordType.DATA;
        }

        @Override
        protected void addField(char[] buffer, int offset, int fieldLength, boolean quoted) {
            length += fieldLength + 1;
            if (length > RequestBody.MAX_RECORD_LENGTH) {
                throw RequestBody.malformedText(
                        VIOLATION,
                        line,
                        "Line %s of the CSV is longer than %s characters"
                                .formatted(line, RequestBody.MAX_RECORD_LENGTH));
            }
            if (count == values.length) {
                values = Arrays.copyOf(values, 2 * count);
            }
            values[count++] = fieldLength == 0 && !quoted ? null : new String(buffer, offset, fieldLength);
        }

        @Override
        protected void setComment(char[] buffer, int offset, int commentLength) {
            type = RecordType.COMMENT;
        }

        @Override
        protected void setEmpty() {
            type = RecordType.EMPTY;
        }

        @Override
        protected RecordType getRecordType() {
            return type;
        }

        @Override
        protected int getFieldCount() {
            return count;
        }

        @Override
        protected @Nullable Object[] buildRecord() {
            return Arrays.copyOf(values, count);
        }
    }

    /**
     * Appends a record of its own to the text. The library takes the end of the text for a closing quote; where quotes
     * are still open there, the mark ends up inside the field, and its absence shows that the text was cut.
     */
    private static final class EndMarkingReader extends Reader {

        private static final char[] END = {'\n', END_MARK};

        private final Reader text;
        private int marked;

        EndMarkingReader(Reader text) {
            this.text = text;
        }

        @Override
        public int read(char[] buffer, int offset, int length) throws IOException {
            if (marked == 0) {
                int read = text.read(buffer, offset, length);
                if (read >= 0) {
                    return read;
                }
            }
            int left = Math.min(length, END.length - marked);
            if (left == 0) {
                return -1;
            }
            System.arraycopy(END, marked, buffer, offset, left);
            marked += left;
            return left;
        }

        @Override
        public void close() throws IOException {
            text.close();
        }
    }
}
