package dev.asof.online.redis;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;

/** A Redis process that copies another one: it takes no writes, and its rows may be behind. */
final class ReplicaException extends AsofException {

    private static final long serialVersionUID = 1L;

    ReplicaException() {
        super(ErrorCode.UNAVAILABLE, "it is a replica");
    }
}
