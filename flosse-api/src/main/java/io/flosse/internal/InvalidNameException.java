package io.flosse.internal;

/**
 * Thrown if a name is not one of a channel, a job or an identity. Names often come from a request, so this is no error of
 * the server: a route answers it with 404, and an authenticator that throws it has found no identity.
 */
public final class InvalidNameException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    public InvalidNameException(String message) {
        super(message);
    }
}
