package dev.asof.http;

import java.net.InetAddress;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The names by which this server is spoken to (rule P2). Who makes a name of theirs lead to this machine, as pages of the
 * web can, still has to send that name.
 */
final class KnownHosts {

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1");
    private static final String SCHEME_END = "://";

    private final Set<String> configured;

    KnownHosts(Collection<String> configured) {
        this.configured = configured.stream().map(KnownHosts::name).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Whether a request is meant for this server.
     *
     * @param authority of the {@code Host} header, with or without port
     * @param localAddress the address the connection came to: probes of orchestrators and scrapes go by it, and no name
     *     can be made to lead there
     */
    boolean isOwn(String authority, String localAddress) {
        String name = name(authority);
        return LOOPBACK.contains(name) || configured.contains(name) || name.equals(name(localAddress));
    }

    /**
     * Whether a page is this server's own, or one that a proxy serves under a configured name.
     *
     * @param origin of the {@code Origin} header
     * @param authority of the {@code Host} header
     */
    boolean isOwnOrigin(String origin, String authority) {
        int start = origin.indexOf(SCHEME_END);
        if (start < 0) {
            return false;
        }
        String scheme = origin.substring(0, start);
        String from = withoutDefaultPort(scheme, origin.substring(start + SCHEME_END.length()));
        return from.equals(withoutDefaultPort(scheme, authority)) || configured.contains(from);
    }

    private static String withoutDefaultPort(String scheme, String authority) {
        String lower = authority.toLowerCase(Locale.ROOT);
        String port = scheme.equalsIgnoreCase("https") ? ":443" : ":80";
        return lower.endsWith(port) ? lower.substring(0, lower.length() - port.length()) : lower;
    }

    /** Without its port and the dot that a complete name may end with; addresses of IPv6 in one form. */
    private static String name(String authority) {
        int close = authority.startsWith("[") ? authority.indexOf(']') : -1;
        if (close > 0) {
            return address(authority.substring(1, close));
        }
        int colon = authority.indexOf(':');
        if (colon != authority.lastIndexOf(':')) {
            return address(authority);
        }
        String host = colon < 0 ? authority : authority.substring(0, colon);
        String undotted = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        return undotted.toLowerCase(Locale.ROOT);
    }

    private static String address(String literal) {
        try {
            return InetAddress.ofLiteral(literal).getHostAddress();
        } catch (IllegalArgumentException e) {
            return literal;
        }
    }
}
