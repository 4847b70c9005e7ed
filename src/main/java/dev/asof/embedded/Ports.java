package dev.asof.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Free ports on the loopback address. */
final class Ports {

    private Ports() {}

    /** The preferred port where it is free, so that saved connections go on working; else any. */
    static int free(int preferred) {
        return preferred > 0 && isFree(preferred) ? preferred : any();
    }

    private static boolean isFree(int port) {
        try (var socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static int any() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new EmbeddedStoresException("No free port on the loopback address: " + e.getMessage(), e);
        }
    }
}
