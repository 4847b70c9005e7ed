package dev.asof.http;

import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

/** What Spring Boot has no settings for. */
@Component
class Connections implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {

    /**
     * Lets the answer to a lookup of a hundred entities leave in one write; Tomcat's default takes three. A connection
     * holds one for as long as it is open.
     */
    private static final int WRITE_BUFFER_BYTES = 32 << 10;

    private final LimitsProperties limits;

    Connections(LimitsProperties limits) {
        this.limits = limits;
    }

    @Override
    public void customize(TomcatServletWebServerFactory factory) {
        factory.addContextCustomizers(context -> context.getPipeline().addValve(new BodyPace(limits)));
        factory.addConnectorCustomizers(connector -> {
            connector.setProperty("socket.appWriteBufSize", Integer.toString(WRITE_BUFFER_BYTES));
            // who asks before sending a large body is not told to go on and then refused
            connector.setProperty("continueResponseTiming", "onRead");
        });
    }
}
