package io.flosse.examples.streams;

import io.flosse.SseRequest;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import java.time.Duration;
import java.time.format.DateTimeParseException;

/** Reads query parameters; an invalid value is answered with 400 and a message that says what is wrong. */
final class Query {

    private Query() {}

    static int integer(SseRequest request, String name, int defaultValue, int min, int max) {
        return integer(name, request.query(name).orElse(Integer.toString(defaultValue)), min, max);
    }

    static int integer(String name, String text, int min, int max) {
        try {
            int value = Integer.parseInt(text);
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Reported below, like a value out of range.
        }
        throw new HttpException(name + " must be a whole number from " + min + " to " + max, Status.BAD_REQUEST_400);
    }

    static Duration duration(SseRequest request, String name, Duration defaultValue) {
        return request.query(name).map(text -> duration(name, text)).orElse(defaultValue);
    }

    static Duration duration(String name, String text) {
        try {
            Duration value = Duration.parse(text);
            if (!value.isNegative()) {
                return value;
            }
        } catch (DateTimeParseException e) {
            // Reported below, like a negative duration.
        }
        throw new HttpException(
                name + " must be an ISO-8601 duration that is not negative, such as PT0.5S", Status.BAD_REQUEST_400);
    }
}
