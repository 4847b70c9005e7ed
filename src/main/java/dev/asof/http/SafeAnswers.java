package dev.asof.http;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.MediaType;
import tools.jackson.databind.json.JsonMapper;

/** What every answer tells browsers, and problems that are written before a controller is reached. */
final class SafeAnswers {

    private SafeAnswers() {}

    /** No page shows the answer in a frame, and none guesses it to be of another type. */
    static void mark(HttpServletResponse response) {
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("X-Frame-Options", "DENY");
    }

    static void write(Problem problem, HttpServletResponse response, JsonMapper json) throws IOException {
        byte[] body = json.writeValueAsBytes(problem);
        response.setStatus(problem.status());
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }
}
