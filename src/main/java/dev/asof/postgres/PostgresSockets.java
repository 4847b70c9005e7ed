package dev.asof.postgres;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.SocketFactory;

/**
 * Makes the sockets of a pool's connections and keeps hold of them, so that they can be closed under readers that wait
 * for a Postgres that hangs. The driver makes it by its name, which the pool's settings give.
 */
public final class PostgresSockets extends SocketFactory {

    /** The driver's setting that names the pool. */
    static final String POOL = "socketFactoryArg";

    private static final ConcurrentHashMap<String, Set<Socket>> OPEN = new ConcurrentHashMap<>();

    private final Set<Socket> open;

    /** @param pool what tells the sockets of one pool from those of others in this process */
    public PostgresSockets(String pool) {
        this.open = OPEN.computeIfAbsent(pool, _ -> ConcurrentHashMap.newKeySet());
    }

    /** Closes what is open; whoever reads there gets an {@link IOException}. */
    static int closeAll(String pool) {
        var sockets = Set.copyOf(OPEN.getOrDefault(pool, Set.of()));
        for (Socket socket : sockets) {
            try {
                socket.close();
            } catch (IOException e) {
                // then it is of no use to anybody either
            }
        }
        return sockets.size();
    }

    @Override
    public Socket createSocket() {
        return new Held();
    }

    @Override
    public Socket createSocket(String host, int port) {
        throw new UnsupportedOperationException("The driver connects sockets itself");
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
        return createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
        return createSocket(host.getHostName(), port);
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort) {
        return createSocket(address, port);
    }

    private final class Held extends Socket {

        Held() {
            open.add(this);
        }

        @Override
        public void close() throws IOException {
            open.remove(this);
            super.close();
        }
    }
}
