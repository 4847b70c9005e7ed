package dev.asof.training.historical;

import dev.asof.formats.RowFormat;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.training.SpineInput;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/** A request whose spine came as a file: JSON in the part {@code request}, the file in {@code spine}. */
public final class MultipartRequest {

    private MultipartRequest() {}

    /** @throws AsofException MALFORMED_REQUEST when there is none */
    public static InputStream json(HttpServletRequest request) throws IOException, ServletException {
        return part(request, "request").getInputStream();
    }

    /** @throws AsofException MALFORMED_REQUEST when there is none, UNSUPPORTED_MEDIA_TYPE for an unknown format */
    public static SpineInput.Upload spine(HttpServletRequest request) throws IOException, ServletException {
        var spine = part(request, "spine");
        return new SpineInput.Upload(format(spine), spine::getInputStream);
    }

    private static Part part(HttpServletRequest request, String name) throws IOException, ServletException {
        var part = request.getPart(name);
        if (part == null) {
            throw new AsofException(
                    ErrorCode.MALFORMED_REQUEST,
                    "The part '%s' is missing: send the request as JSON in the part 'request', the file in 'spine'"
                            .formatted(name));
        }
        return part;
    }

    private static RowFormat format(Part spine) {
        return Optional.ofNullable(spine.getContentType())
                .flatMap(RowFormat::ofContentType)
                .or(() -> Optional.ofNullable(spine.getSubmittedFileName()).flatMap(RowFormat::ofFileName))
                .orElseThrow(() -> new AsofException(
                        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                        "The format of the part 'spine' can't be told: give it a content type of "
                                + String.join(
                                        ", ",
                                        List.of(
                                                RowFormat.CSV.mediaType(),
                                                RowFormat.PARQUET.mediaType(),
                                                RowFormat.NDJSON.mediaType()))
                                + ", or a file name that ends in .csv, .parquet or .ndjson"));
    }
}
