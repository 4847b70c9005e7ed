package dev.asof.http;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Knows of connections whether the client has closed its end, while nobody reads or writes there. A servlet container
 * doesn't tell before it writes, and work may take minutes before its answer's first byte. Linux tells in a table; elsewhere
 * nothing is known, and work goes on to its end.
 */
final class ClientConnections {

    private static final List<Path> TABLES = List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));
    private static final String IPV4_IN_IPV6 = "0000000000000000FFFF0000";
    private static final int LOCAL = 1;
    private static final int REMOTE = 2;
    private static final int STATE = 3;
    private static final String CLOSED_BY_PEER = "08";

    /** A connection of a request, as the table writes both of its ends: {@code address:port} and {@code port}. */
    record Connection(String remote, String localPort) {}

    private final Map<Connection, String> states;

    private ClientConnections(Map<Connection, String> states) {
        this.states = states;
    }

    /** How all connections are now; empty where that can't be known. */
    static ClientConnections now() {
        var states = new HashMap<Connection, String>();
        for (Path table : TABLES) {
            try {
                Files.readAllLines(table).stream().skip(1).forEach(line -> add(line, states));
            } catch (IOException e) {
                // not Linux, or without IPv6
                continue;
            }
        }
        return new ClientConnections(states);
    }

    private static void add(String line, Map<Connection, String> states) {
        String[] fields = line.strip().split("\\s+");
        String local = fields[LOCAL];
        String remote = fields[REMOTE].startsWith(IPV4_IN_IPV6)
                ? fields[REMOTE].substring(IPV4_IN_IPV6.length())
                : fields[REMOTE];
        states.put(new Connection(remote, local.substring(local.indexOf(':') + 1)), fields[STATE]);
    }

    /** The connection of a request, or of whoever a proxy names; empty when that is no address. */
    static Optional<Connection> connection(HttpServletRequest request) {
        try {
            return Optional.of(new Connection(
                    hex(InetAddress.ofLiteral(request.getRemoteAddr())) + ":" + hex(request.getRemotePort()),
                    hex(request.getLocalPort())));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    boolean has(Connection connection) {
        return states.containsKey(connection);
    }

    /** Whether a connection that was in the table has been closed by the client; false where nothing can be known. */
    boolean isClosed(Connection connection) {
        return !states.isEmpty()
                && states.getOrDefault(connection, CLOSED_BY_PEER).equals(CLOSED_BY_PEER);
    }

    private static String hex(int port) {
        return HexFormat.of().withUpperCase().toHexDigits((short) port);
    }

    /** In words of four bytes, the last byte first. */
    private static String hex(InetAddress address) {
        byte[] bytes = address.getAddress();
        byte[] turned = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            turned[i] = bytes[i / 4 * 4 + 3 - i % 4];
        }
        return HexFormat.of().withUpperCase().formatHex(turned);
    }
}
