package dev.asof.training.historical;

import dev.asof.formats.ResultFormat;
import dev.asof.shared.EndableWork;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import tools.jackson.core.exc.JacksonIOException;

/** A response with rows, which never ends well when its rows did not all come. */
public record RowsResponse(
        HttpServletRequest request, HttpServletResponse response, String fileStem, ResultFormat format) {

    private static final Logger LOG = LoggerFactory.getLogger(RowsResponse.class);

    /** Writes the rows; opens the target when nothing of the request can be refused any more. */
    @FunctionalInterface
    public interface Rows {
        void writeTo(HistoricalFeatures.Target target) throws IOException, SQLException;
    }

    public void write(Rows rows) throws IOException, SQLException {
        try {
            rows.writeTo(this::opened);
        } catch (IOException | SQLException | RuntimeException e) {
            if (!response.isCommitted()) {
                response.resetBuffer();
                response.setContentType(null);
                response.setHeader(HttpHeaders.CONTENT_DISPOSITION, null);
                throw e;
            }
            if (isClientGone(e)) {
                LOG.info("The client went away while training rows were written");
            } else {
                LOG.error("A response with training rows broke off", e);
            }
            BrokenResponses.mark(request, e);
        }
    }

    private static boolean isClientGone(Exception e) {
        return e instanceof IOException
                || e instanceof EndableWork.EndedException
                || e instanceof UncheckedIOException
                || e instanceof JacksonIOException;
    }

    private OutputStream opened() throws IOException {
        describe();
        return response.getOutputStream();
    }

    /** Sets the headers. */
    public void describe() {
        response.setContentType(
                format == ResultFormat.CSV ? format.mediaType() + ";charset=utf-8" : format.mediaType());
        response.setHeader(
                HttpHeaders.CONTENT_DISPOSITION,
                ContentDisposition.attachment()
                        .filename(fileStem + "." + format.extension())
                        .build()
                        .toString());
    }
}
