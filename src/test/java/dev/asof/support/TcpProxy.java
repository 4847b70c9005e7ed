package dev.asof.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** An address of loopback that leads to another one, which a test can change: a failover as clients see it. */
public final class TcpProxy implements AutoCloseable {

    private final ServerSocket server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile int target;
    private volatile boolean silent;

    public TcpProxy(int target) {
        this.target = target;
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Leads new connections elsewhere; those there are stay where they are. */
    public void leadTo(int port) {
        target = port;
    }

    /** Lets nothing through any more, in connections that stay open and are still taken: a server that hangs. */
    public void fallSilent() {
        silent = true;
    }

    /** Breaks the connections there are. */
    public void cut() {
        open.forEach(TcpProxy::closeQuietly);
    }

    /** Breaks the connections there are, and takes no new ones. */
    public void cutOff() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                Thread.ofVirtual().start(() -> connect(client));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void connect(Socket client) {
        try {
            Socket behind = new Socket(InetAddress.getLoopbackAddress(), target);
            client.setTcpNoDelay(true);
            behind.setTcpNoDelay(true);
            open.add(client);
            open.add(behind);
            Thread.ofVirtual().start(() -> pump(client, behind));
            Thread.ofVirtual().start(() -> pump(behind, client));
        } catch (IOException e) {
            closeQuietly(client);
        }
    }

    private void pump(Socket from, Socket to) {
        try (from;
                to) {
            var buffer = new byte[8_192];
            for (int read = from.getInputStream().read(buffer);
                    read >= 0;
                    read = from.getInputStream().read(buffer)) {
                if (!silent) {
                    to.getOutputStream().write(buffer, 0, read);
                }
            }
        } catch (IOException e) {
            // one of the two is closed: so is the other now
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        cutOff();
    }
}
