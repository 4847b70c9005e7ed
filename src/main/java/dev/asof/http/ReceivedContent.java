package dev.asof.http;

import java.io.IOException;
import java.io.InputStream;

/** A request's body, received whole before anybody works on it. It is there until the request has been answered. */
public interface ReceivedContent {

    /** The name under which a request has it as an attribute. */
    String ATTRIBUTE = ReceivedContent.class.getName();

    /** In bytes. */
    long size();

    /** Begins to read it, as often as is wanted. */
    InputStream open() throws IOException;
}
