package dev.asof.formats;

import com.github.luben.zstd.Zstd;
import io.airlift.compress.lz4.Lz4Decompressor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.brotli.dec.BrotliInputStream;
import org.xerial.snappy.Snappy;

/**
 * Parquet's compressions without Hadoop, for readers and writers: reads all but LZO, writes SNAPPY, GZIP, ZSTD and
 * uncompressed pages. Holds nothing, so one can serve many files.
 */
public final class ParquetCodecs implements CompressionCodecFactory {

    private static final int MAX_PAGE_BYTES = 128 << 20;

    @Override
    public BytesInputCompressor getCompressor(CompressionCodecName codec) {
        return new Compressor(codec);
    }

    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
        return new Decompressor(codec);
    }

    @Override
    public void release() {}

    private record Compressor(CompressionCodecName codec) implements BytesInputCompressor {

        @Override
        public BytesInput compress(BytesInput bytes) throws IOException {
            byte[] plain = arrayOf(bytes);
            return BytesInput.from(
                    switch (codec) {
                        case UNCOMPRESSED -> plain;
                        case SNAPPY -> Snappy.compress(plain);
                        case ZSTD -> Zstd.compress(plain);
                        case GZIP -> gzip(plain);
                        case LZ4_RAW, LZ4, LZO, BROTLI -> throw unsupported(codec);
                    });
        }

        private static byte[] gzip(byte[] plain) throws IOException {
            var compressed = new ByteArrayOutputStream(plain.length / 2 + 64);
            try (var gzip = new GZIPOutputStream(compressed)) {
                gzip.write(plain);
            }
            return compressed.toByteArray();
        }

        @Override
        public CompressionCodecName getCodecName() {
            return codec;
        }

        @Override
        public void release() {}
    }

    private record Decompressor(CompressionCodecName codec) implements BytesInputDecompressor {

        @Override
        public BytesInput decompress(BytesInput bytes, int size) throws IOException {
            byte[] compressed = arrayOf(bytes);
            if (codec == CompressionCodecName.UNCOMPRESSED) {
                return BytesInput.from(compressed);
            }
            return BytesInput.from(decompressed(compressed, size));
        }

        @Override
        public void decompress(ByteBuffer input, int compressedSize, ByteBuffer output, int size) throws IOException {
            byte[] compressed = new byte[compressedSize];
            input.get(compressed);
            output.put(decompressed(compressed, size));
            output.flip();
        }

        private byte[] decompressed(byte[] compressed, int size) throws IOException {
            if (size < 0 || size > MAX_PAGE_BYTES) {
                throw new IOException("a page says that it has " + size + " bytes");
            }
            byte[] plain = new byte[size];
            int length = switch (codec) {
                case SNAPPY -> snappy(compressed, plain);
                case ZSTD -> zstd(compressed, plain);
                case GZIP -> gunzip(compressed, plain);
                case LZ4_RAW -> lz4(compressed, 0, compressed.length, plain, 0);
                case LZ4 -> hadoopLz4(compressed, plain);
                case BROTLI -> readFully(new BrotliInputStream(new ByteArrayInputStream(compressed)), plain);
                case UNCOMPRESSED, LZO -> throw unsupported(codec);
            };
            if (length != size) {
                throw new IOException("a page has %s bytes but says %s".formatted(length, size));
            }
            return plain;
        }

        private static int snappy(byte[] compressed, byte[] plain) throws IOException {
            if (Snappy.uncompressedLength(compressed) > plain.length) {
                throw new IOException("a page is longer than it says");
            }
            return Snappy.uncompress(compressed, 0, compressed.length, plain, 0);
        }

        private static int zstd(byte[] compressed, byte[] plain) throws IOException {
            long length = Zstd.decompress(plain, compressed);
            if (Zstd.isError(length)) {
                throw new IOException("a page can't be decompressed: " + Zstd.getErrorName(length));
            }
            return (int) length;
        }

        private static int gunzip(byte[] compressed, byte[] plain) throws IOException {
            return readFully(new GZIPInputStream(new ByteArrayInputStream(compressed)), plain);
        }

        /** How many bytes there are; one more than fit when there are more. */
        private static int readFully(InputStream stream, byte[] plain) throws IOException {
            try (stream) {
                int length = stream.readNBytes(plain, 0, plain.length);
                return stream.read() < 0 ? length : length + 1;
            }
        }

        private static int lz4(byte[] compressed, int from, int length, byte[] plain, int to) {
            return new Lz4Decompressor().decompress(compressed, from, length, plain, to, plain.length - to);
        }

        /**
         * Hadoop's frames: the length of some text, then its parts, each with the length of what is compressed. Writers
         * of old left the frames out, so what has none is a block as it is.
         */
        private static int hadoopLz4(byte[] compressed, byte[] plain) {
            var frames = ByteBuffer.wrap(compressed);
            int done = 0;
            while (frames.remaining() >= 2 * Integer.BYTES) {
                int end = done + Math.max(frames.getInt(), 0);
                if (end <= done || end > plain.length) {
                    return lz4(compressed, 0, compressed.length, plain, 0);
                }
                while (done < end) {
                    int length = frames.remaining() < Integer.BYTES ? -1 : frames.getInt();
                    if (length < 1 || length > frames.remaining()) {
                        return lz4(compressed, 0, compressed.length, plain, 0);
                    }
                    done += lz4(compressed, frames.position(), length, plain, done);
                    frames.position(frames.position() + length);
                }
            }
            return done;
        }

        @Override
        public void release() {}
    }

    private static byte[] arrayOf(BytesInput bytes) throws IOException {
        var buffer = bytes.toByteBuffer();
        byte[] array = new byte[buffer.remaining()];
        buffer.get(array);
        return array;
    }

    private static UnsupportedOperationException unsupported(CompressionCodecName codec) {
        return new UnsupportedOperationException(codec + " compression is not supported: use ZSTD, SNAPPY or GZIP");
    }
}
