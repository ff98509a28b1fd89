package io.flosse.examples.streams;

import io.flosse.SseRequest;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import java.time.Duration;
import java.time.format.DateTimeParseException;

/** Reads the query parameters of the examples; a bad one is a 400 that says what is wrong. */
final class Query {

    private Query() {}

    static int integer(SseRequest request, String name, int otherwise, int least, int most) {
        return integer(name, request.query(name).orElse(Integer.toString(otherwise)), least, most);
    }

    static int integer(String name, String text, int least, int most) {
        try {
            int value = Integer.parseInt(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new HttpException(name + " must be a whole number from " + least + " to " + most, Status.BAD_REQUEST_400);
    }

    static Duration duration(SseRequest request, String name, Duration otherwise) {
        return request.query(name).map(text -> duration(name, text)).orElse(otherwise);
    }

    static Duration duration(String name, String text) {
        try {
            Duration value = Duration.parse(text);
            if (!value.isNegative()) {
                return value;
            }
        } catch (DateTimeParseException e) {
            // Said below.
        }
        throw new HttpException(name + " must be an ISO-8601 duration such as PT0.5S", Status.BAD_REQUEST_400);
    }
}
