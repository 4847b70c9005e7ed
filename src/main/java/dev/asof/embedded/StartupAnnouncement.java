package dev.asof.embedded;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** Says again at the end of a start where the server answers: by then its first lines are off the screen. */
@Component
class StartupAnnouncement {

    private static final Logger LOG = LoggerFactory.getLogger(StartupAnnouncement.class);

    private final Environment environment;

    StartupAnnouncement(Environment environment) {
        this.environment = environment;
    }

    @EventListener(ApplicationReadyEvent.class)
    void announce() {
        var server = "http://localhost:" + environment.getProperty("local.server.port", "8080");
        LOG.info("Ready: API at {}/api/v1, Swagger UI at {}/swagger-ui.html", server, server);
    }
}
