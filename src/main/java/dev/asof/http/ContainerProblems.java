package dev.asof.http;

import io.swagger.v3.oas.annotations.Hidden;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** Problems for what the servlet container refuses before the application sees it, such as a broken address. */
@Configuration(proxyBeanMethods = false)
class ContainerProblems {

    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> containerProblemReports(JsonMapper json) {
        return factory -> factory.addContextCustomizers(
                context -> context.getParent().getPipeline().addValve(new Reports(json)));
    }

    /** Answers what was refused on the way to or from the controllers, and dispatched as an error since. */
    @Hidden
    @RestController
    static class ErrorPage implements ErrorController {

        @RequestMapping("/error")
        ResponseEntity<Problem> error(HttpServletRequest request) {
            int status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) instanceof Integer sent ? sent : 404;
            var problem = Problem.of(status, request);
            return ResponseEntity.status(problem.status())
                    .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                    .body(problem);
        }
    }

    private static final class Reports extends ErrorReportValve {

        private static final Logger LOG = LoggerFactory.getLogger(ContainerProblems.class);

        private final JsonMapper json;

        Reports(JsonMapper json) {
            this.json = json;
        }

        @Override
        protected void report(Request request, Response response, @Nullable Throwable failure) {
            int status = response.getStatus();
            if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
                return;
            }
            var problem = Problem.of(status, request);
            try {
                response.setStatus(problem.status());
                response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
                response.setHeader(RequestIds.HEADER, problem.requestId());
                SafeAnswers.mark(response);
                response.getOutputStream()
                        .write(json.writeValueAsString(problem).getBytes(StandardCharsets.UTF_8));
                response.finishResponse();
            } catch (IOException e) {
                LOG.debug("The client went away: {}", e.getMessage());
            }
        }
    }
}
