package dev.asof.http;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A request whose body was received before. */
final class ReceivedRequest extends HttpServletRequestWrapper {

    private final ReceivedContent body;
    private @Nullable Content content;

    ReceivedRequest(HttpServletRequest request, ReceivedContent body) {
        super(request);
        this.body = body;
    }

    @Override
    public @Nullable Object getAttribute(String name) {
        return name.equals(ReceivedContent.ATTRIBUTE) ? body : super.getAttribute(name);
    }

    @Override
    public ServletInputStream getInputStream() throws IOException {
        if (content == null) {
            content = new Content(body.open());
        }
        return content;
    }

    @Override
    public BufferedReader getReader() throws IOException {
        String encoding = getCharacterEncoding();
        return new BufferedReader(new InputStreamReader(
                getInputStream(), encoding == null ? StandardCharsets.UTF_8 : Charset.forName(encoding)));
    }

    private static final class Content extends ServletInputStream {

        private final InputStream in;
        private boolean finished;

        Content(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            int read = in.read();
            finished |= read < 0;
            return read;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = in.read(buffer, offset, length);
            finished |= read < 0;
            return read;
        }

        @Override
        public boolean isFinished() {
            return finished;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setReadListener(ReadListener listener) {
            throw new IllegalStateException("The body is there already");
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
