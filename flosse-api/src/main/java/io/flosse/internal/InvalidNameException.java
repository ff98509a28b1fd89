package io.flosse.internal;

/**
 * Thrown if a name is not one of a channel or a job. Names often come from a path or a query, so a route answers it with
 * 404.
 */
public final class InvalidNameException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    public InvalidNameException(String message) {
        super(message);
    }
}
