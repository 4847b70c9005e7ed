package dev.asof.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.Type;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.util.unit.DataSize;

/** Files that say more of themselves than is true, or hold more than they weigh. */
class ParquetLiesTest {

    private static final byte[] FILE = ParquetFiles.of(
            "message m { optional int64 n; optional binary t (STRING); }",
            CompressionCodecName.UNCOMPRESSED,
            100,
            (group, i) -> group.append("n", (long) i).append("t", "t" + i % 3));

    private static long read(byte[] file, FileLimits limits) {
        try (var reader = new FileTableReaders(limits).open(RowFormat.PARQUET, new ByteArrayInputStream(file))) {
            while (reader.next() != null) {
                // for what is thrown
            }
            return reader.rowNumber();
        }
    }

    private static int footerLength(byte[] file) {
        return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(file.length - 8);
    }

    /** A file with another footer over the same pages. */
    private static byte[] withFooter(byte[] file, byte[] footer) {
        int end = file.length - 8 - footerLength(file);
        return ByteBuffer.allocate(end + footer.length + 8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(file, 0, end)
                .put(footer)
                .putInt(footer.length)
                .put(file, file.length - 4, 4)
                .array();
    }

    private static FileMetaData footer(byte[] file) {
        int length = footerLength(file);
        try {
            return Util.readFileMetaData(new ByteArrayInputStream(file, file.length - 8 - length, length));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] with(byte[] file, Consumer<FileMetaData> change) {
        var footer = footer(file);
        change.accept(footer);
        var out = new ByteArrayOutputStream();
        try {
            Util.writeFileMetaData(footer, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return withFooter(file, out.toByteArray());
    }

    private static ColumnMetaData column(FileMetaData footer) {
        return footer.getRow_groups().getFirst().getColumns().getFirst().getMeta_data();
    }

    private static List<SchemaElement> nested(int depth) {
        var schema = new ArrayList<SchemaElement>();
        for (int i = 0; i < depth; i++) {
            schema.add(new SchemaElement("g").setNum_children(1));
        }
        schema.add(new SchemaElement("leaf").setType(Type.INT32));
        return schema;
    }

    private static List<SchemaElement> wide(int columns) {
        var schema = new ArrayList<SchemaElement>();
        schema.add(new SchemaElement("m").setNum_children(columns));
        for (int i = 0; i < columns; i++) {
            schema.add(new SchemaElement("c" + i).setType(Type.INT32));
        }
        return schema;
    }

    static Stream<Consumer<FileMetaData>> footers() {
        return Stream.of(
                footer -> footer.getRow_groups().getFirst().setNum_rows(-1),
                footer -> footer.getRow_groups().getFirst().setNum_rows(Long.MAX_VALUE),
                footer -> column(footer).setTotal_compressed_size(-1),
                footer -> column(footer).setTotal_compressed_size(1L << 40),
                footer -> column(footer).setData_page_offset(-5),
                footer -> column(footer).setData_page_offset(1L << 40),
                footer -> column(footer).setNum_values(Long.MAX_VALUE),
                footer -> column(footer).setNum_values(-1),
                footer -> {
                    var group = footer.getRow_groups().getFirst();
                    for (int i = 0; i < 1_000; i++) {
                        footer.addToRow_groups(group);
                    }
                },
                footer -> footer.setSchema(nested(100_000)),
                footer -> footer.setSchema(wide(100_000)),
                footer -> footer.getSchema().getFirst().setNum_children(Integer.MAX_VALUE),
                footer -> footer.getSchema().getFirst().setNum_children(-1));
    }

    @ParameterizedTest
    @MethodSource("footers")
    void aFooterThatCanNotBeTrueIsRefused(Consumer<FileMetaData> change) {
        byte[] file = with(FILE, change);

        assertThatThrownBy(() -> read(file, new FileLimits(10_000, DataSize.ofMegabytes(10))))
                .isInstanceOfSatisfying(
                        AsofException.class,
                        refused -> assertThat(refused.code())
                                .isIn(ErrorCode.MALFORMED_REQUEST, ErrorCode.PAYLOAD_TOO_LARGE));
    }

    @Test
    void listsThatAreLongerThanTheFooterAreNotAllocated() {
        // field 2, a list of 2^31 - 1 structures
        byte[] footer = {0x15, 0x02, 0x19, (byte) 0xFC, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x07, 0x00};

        assertThatThrownBy(() -> read(withFooter(FILE, footer), FileLimits.NONE))
                .hasMessageContaining("footer");
        assertThat(ThriftSizes.areTrue(new byte[] {0x18, (byte) 0xFF, (byte) 0xFF, 0x7F, 0}))
                .isFalse();
        assertThat(ThriftSizes.areTrue(new byte[100_000])).isTrue();
        // structures within structures, and lists of one list each
        for (int nested : List.of(0x1C, 0x19)) {
            byte[] deep = new byte[1_000_000];
            Arrays.fill(deep, (byte) nested);
            assertThat(ThriftSizes.areTrue(deep)).isFalse();
            assertThatThrownBy(() -> read(withFooter(FILE, deep), FileLimits.NONE))
                    .hasMessageContaining("footer");
        }
    }

    @Test
    void whatIsPackedTightlyIsHeldToTheLimits() {
        byte[] rows = ParquetFiles.of("message m { optional int32 n; }", 5_000, (group, i) -> {});
        byte[] texts = ParquetFiles.of(
                "message m { optional binary t (STRING); }", 3_000, (group, i) -> group.append("t", "x".repeat(500)));
        var limits = new FileLimits(4_000, DataSize.ofMegabytes(1));

        assertThat(rows).hasSizeLessThan(20_000);
        assertThatThrownBy(() -> new FileTableReaders(limits).open(RowFormat.PARQUET, new ByteArrayInputStream(rows)))
                .isInstanceOfSatisfying(
                        AsofException.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE))
                .hasMessageContaining("more than 4000 rows (asof.files.max-rows)");
        assertThat(texts).hasSizeLessThan(20_000);
        assertThatThrownBy(() -> new FileTableReaders(limits).check(RowFormat.PARQUET, new ByteArrayInputStream(texts)))
                .hasMessageContaining("more than 1 MB once it is unpacked (asof.files.max-decoded)");
        var many = ParquetFiles.of(
                "message m { optional binary t (STRING); optional int64 n; }",
                3_000,
                (group, i) -> group.append("t", i == 0 ? "x".repeat(500) : "y").append("n", (long) i));
        try (var file = ParquetTableReader.of(RequestBody.of(new ByteArrayInputStream(many)), limits)) {
            assertThat(file.mostDecoded())
                    .as("a third of the rows, by the longest text")
                    .isBetween(590_000L, 1_000_000L);
        }
        assertThat(read(texts, new FileLimits(3_000, DataSize.ofMegabytes(2)))).isEqualTo(3_000);
    }

    @Test
    void textIsHeldToTheLimitsAsItIsRead() {
        var limits = new FileLimits(2, DataSize.ofMegabytes(1));
        byte[] csv = "a\n1\n2\n3\n".getBytes(java.nio.charset.StandardCharsets.UTF_8);

        try (var reader = new FileTableReaders(limits).open(RowFormat.CSV, new ByteArrayInputStream(csv))) {
            assertThat(reader.next()).isNotNull();
            assertThat(reader.next()).isNotNull();
            assertThatThrownBy(reader::next).hasMessageContaining("more than 2 rows");
        }
        byte[] header = ("a" + ",a".repeat(20_000) + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertThatThrownBy(() -> new FileTableReaders(limits).open(RowFormat.CSV, new ByteArrayInputStream(header)))
                .hasMessageContaining("at most 10000 are read");
    }

    /** A file of one column and one row group whose first page is another. */
    private static byte[] withPage(byte[] file, Consumer<PageHeader> change, byte[] body) {
        try {
            int start = (int) (column(footer(file)).getData_page_offset());
            var in = new ByteArrayInputStream(file, start, file.length - start);
            var header = Util.readPageHeader(in);
            header.setCompressed_page_size(body.length)
                    .setUncompressed_page_size(body.length)
                    .unsetCrc();
            change.accept(header);
            var out = new ByteArrayOutputStream();
            out.write(file, 0, start);
            Util.writePageHeader(header, out);
            out.write(body);
            int size = out.size() - start;
            out.write(file, file.length - 8 - footerLength(file), 8 + footerLength(file));
            return with(out.toByteArray(), footer -> {
                footer.setRow_groups(footer.getRow_groups().subList(0, 1));
                column(footer).setTotal_compressed_size(size).setTotal_uncompressed_size(size);
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final byte[] NUMBERS = ParquetFiles.of(
            "message m { required int64 n; }",
            CompressionCodecName.UNCOMPRESSED,
            10,
            (group, i) -> group.append("n", i * 1_000_003L));

    static Stream<byte[]> pages() {
        // a packed run of 2^28 groups, and one of no bits
        byte[] run = {1, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x03, 0};
        byte[] empty = {0, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x03};
        // 128 in 4 of 2^31 - 1; a block of 2^30
        byte[] deltas = {(byte) 0x80, 1, 4, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x07, 0, 0};
        byte[] block = {(byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, 4, 1, 10, 0, 0, 0};
        return Stream.of(
                withPage(NUMBERS, encoding(org.apache.parquet.format.Encoding.RLE_DICTIONARY), run),
                withPage(NUMBERS, encoding(org.apache.parquet.format.Encoding.RLE_DICTIONARY), empty),
                withPage(NUMBERS, encoding(org.apache.parquet.format.Encoding.DELTA_BINARY_PACKED), deltas),
                withPage(NUMBERS, encoding(org.apache.parquet.format.Encoding.DELTA_BINARY_PACKED), block),
                withPage(
                        NUMBERS, header -> header.getData_page_header().setNum_values(Integer.MAX_VALUE), new byte[80]),
                withPage(NUMBERS, header -> header.getData_page_header().setNum_values(-1), new byte[80]),
                withPage(NUMBERS, header -> header.setUncompressed_page_size(-1), new byte[80]),
                withPage(NUMBERS, header -> header.setCompressed_page_size(Integer.MAX_VALUE), new byte[80]),
                withPage(NUMBERS, header -> header.setCompressed_page_size(-1), new byte[80]));
    }

    private static Consumer<PageHeader> encoding(org.apache.parquet.format.Encoding encoding) {
        return header -> header.getData_page_header().setEncoding(encoding);
    }

    @ParameterizedTest
    @MethodSource("pages")
    void aPageThatCanNotBeTrueIsRefused(byte[] file) {
        assertThatThrownBy(() -> read(file, FileLimits.NONE))
                .isInstanceOfSatisfying(
                        AsofException.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.MALFORMED_REQUEST));
    }

    @Test
    void aFileWithAnyByteChangedIsReadOrRefused() {
        var random = new Random(1);
        for (int i = 0; i < 3_000; i++) {
            byte[] file = FILE.clone();
            file[random.nextInt(file.length)] = (byte) random.nextInt();
            try {
                read(file, new FileLimits(10_000, DataSize.ofMegabytes(10)));
            } catch (AsofException refused) {
                assertThat(refused.code()).isIn(ErrorCode.MALFORMED_REQUEST, ErrorCode.PAYLOAD_TOO_LARGE);
            }
        }
    }
}
