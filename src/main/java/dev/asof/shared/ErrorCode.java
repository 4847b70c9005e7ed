package dev.asof.shared;

/**
 * Every failure the API can answer: a stable name clients may switch on, the HTTP status, and who can mend it.
 */
public enum ErrorCode {
    MALFORMED_REQUEST(400, Fault.USER, "The request could not be read"),
    MISSING_KEY(400, Fault.USER, "A join key is missing"),
    MISSING_REQUEST_VALUE(400, Fault.USER, "A request value is missing"),
    FOREIGN_REQUEST(403, Fault.USER, "The request was not meant for this server, or comes from another site's page"),
    NOT_FOUND(404, Fault.USER, "Not found"),
    METHOD_NOT_ALLOWED(405, Fault.USER, "This method is not supported here"),
    NOT_ACCEPTABLE(406, Fault.USER, "None of the accepted formats can be produced"),
    BODY_TOO_SLOW(408, Fault.USER, "The request came too slowly"),
    CONFLICT(409, Fault.USER, "In conflict with the current state"),
    IN_USE(409, Fault.USER, "Something depends on this"),
    NOT_READY(409, Fault.USER, "Not ready yet"),
    STILL_RUNNING(409, Fault.USER, "A request with this idempotency key is still running"),
    PAYLOAD_TOO_LARGE(413, Fault.USER, "The request is too large"),
    UNSUPPORTED_MEDIA_TYPE(415, Fault.USER, "This content type is not supported here"),
    INVALID(422, Fault.USER, "The request is invalid"),
    CONTRACT_VIOLATED(422, Fault.USER, "The batch breaks its source's contract"),
    IDEMPOTENCY_KEY_REUSED(422, Fault.USER, "The idempotency key was used with another body"),
    TOO_MANY_REQUESTS(429, Fault.RESOURCE, "Too many requests"),
    INTERNAL(500, Fault.SERVER, "Internal error"),
    UNAVAILABLE(503, Fault.RESOURCE, "A store is unavailable"),
    COMMIT_UNCERTAIN(503, Fault.RESOURCE, "Whether this was stored is not known"),
    NEWER_SERVER_NEEDED(503, Fault.RESOURCE, "A newer server has to do this");

    /** Who can mend a failure: the caller, the people who run or wrote the server, or time. */
    public enum Fault {
        USER,
        SERVER,
        RESOURCE
    }

    private final int status;
    private final Fault fault;
    private final String title;

    ErrorCode(int status, Fault fault, String title) {
        this.status = status;
        this.fault = fault;
        this.title = title;
    }

    public int status() {
        return status;
    }

    public Fault fault() {
        return fault;
    }

    /** The problem's one-line title, the same for every occurrence. */
    public String title() {
        return title;
    }

    /** The stable name as it stands in answers, such as {@code not_found}. */
    public String code() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
