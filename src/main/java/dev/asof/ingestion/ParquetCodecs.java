package dev.asof.ingestion;

import com.github.luben.zstd.Zstd;
import io.airlift.compress.lz4.Lz4Decompressor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.xerial.snappy.Snappy;

/**
 * Parquet's compressions without Hadoop, for readers and writers: reads SNAPPY, GZIP, ZSTD, LZ4_RAW and uncompressed
 * pages, writes all of these but LZ4_RAW. Holds nothing, so one can serve many files.
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
            int length =
                    switch (codec) {
                        case SNAPPY -> snappy(compressed, plain);
                        case ZSTD -> zstd(compressed, plain);
                        case GZIP -> gunzip(compressed, plain);
                        case LZ4_RAW ->
                            new Lz4Decompressor().decompress(compressed, 0, compressed.length, plain, 0, size);
                        case UNCOMPRESSED, LZ4, LZO, BROTLI -> throw unsupported(codec);
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
            try (var gzip = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
                int length = gzip.readNBytes(plain, 0, plain.length);
                return gzip.read() < 0 ? length : length + 1;
            }
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
