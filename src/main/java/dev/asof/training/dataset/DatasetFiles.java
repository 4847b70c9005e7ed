package dev.asof.training.dataset;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The Parquet files of datasets, in Postgres in chunks. */
@Repository
class DatasetFiles {

    private static final int CHUNK = 1024 * 1024;

    /** How many chunks are read at once; a reader holds no connection in between. */
    private static final int READ_AHEAD = 4;

    private static final String FIND = """
        select id, rows, size, sha256 from asof.training_dataset_file
        where dataset_id = :dataset and split = :split
        """;

    private static final String CREATE = """
        insert into asof.training_dataset_file (dataset_id, split, rows, size, sha256)
        values (:dataset, :split, :rows, :size, :sha256) returning id
        """;

    private static final String ADD_CHUNK = """
        insert into asof.training_dataset_chunk (file_id, number, content) values (:file, :number, :content)
        """;

    private static final String READ_CHUNKS = """
        select content from asof.training_dataset_chunk
        where file_id = :file and number >= :first order by number limit :limit
        """;

    private final JdbcClient jdbc;

    DatasetFiles(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * A file in Postgres.
     *
     * @param sha256 of its bytes, in hexadecimal
     */
    record StoredFile(long id, long rows, long size, String sha256) {}

    Optional<StoredFile> find(long dataset, String split) {
        return jdbc.sql(FIND)
                .param("dataset", dataset)
                .param("split", split)
                .query((result, _) -> new StoredFile(
                        result.getLong("id"),
                        result.getLong("rows"),
                        result.getLong("size"),
                        result.getString("sha256")))
                .optional();
    }

    /** The SHA-256 of a file's bytes, in hexadecimal. */
    static String sha256(Path file) throws IOException {
        try (var in = new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Stores a file, in the current transaction. */
    void store(long dataset, String split, long rows, Path file, String sha256) throws IOException {
        long id = jdbc.sql(CREATE)
                .param("dataset", dataset)
                .param("split", split)
                .param("rows", rows)
                .param("size", Files.size(file))
                .param("sha256", sha256)
                .query(Long.class)
                .single();
        try (var in = Files.newInputStream(file)) {
            int number = 0;
            for (byte[] chunk = in.readNBytes(CHUNK); chunk.length > 0; chunk = in.readNBytes(CHUNK)) {
                jdbc.sql(ADD_CHUNK)
                        .param("file", id)
                        .param("number", number++)
                        .param("content", chunk)
                        .update();
            }
        }
    }

    /** The bytes of a file; what is skipped is not read. */
    InputStream open(StoredFile file) {
        return new Chunks(file);
    }

    private List<byte[]> read(long file, long first) {
        return jdbc.sql(READ_CHUNKS)
                .param("file", file)
                .param("first", first)
                .param("limit", READ_AHEAD)
                .query((result, _) -> result.getBytes("content"))
                .list();
    }

    private final class Chunks extends InputStream {

        private final StoredFile file;
        private long position;
        private long nextChunk;
        private Iterator<byte[]> ahead = List.<byte[]>of().iterator();
        private ByteArrayInputStream chunk = new ByteArrayInputStream(new byte[0]);

        Chunks(StoredFile file) {
            this.file = file;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (position == file.size()) {
                return -1;
            }
            if (chunk.available() == 0) {
                chunk = new ByteArrayInputStream(next());
                chunk.skip(position % CHUNK);
            }
            int count = chunk.read(into, offset, length);
            position += count;
            return count;
        }

        private byte[] next() throws IOException {
            long wanted = position / CHUNK;
            if (wanted != nextChunk || !ahead.hasNext()) {
                ahead = DatasetFiles.this.read(file.id(), wanted).iterator();
            }
            if (!ahead.hasNext()) {
                throw new IOException("The dataset was deleted while it was read");
            }
            nextChunk = wanted + 1;
            return ahead.next();
        }

        @Override
        public long skip(long count) {
            long skipped = Math.clamp(count, 0, file.size() - position);
            position += skipped;
            chunk = new ByteArrayInputStream(new byte[0]);
            return skipped;
        }
    }
}
