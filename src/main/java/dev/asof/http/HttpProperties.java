package dev.asof.http;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the server is spoken to.
 *
 * @param hosts the names it is reached by besides {@code localhost}, {@code 127.0.0.1} and {@code [::1]}, without ports
 */
@ConfigurationProperties("asof.http")
record HttpProperties(@DefaultValue List<String> hosts) {

    HttpProperties {
        hosts = List.copyOf(hosts);
    }
}
