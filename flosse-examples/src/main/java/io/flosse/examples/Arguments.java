package io.flosse.examples;

import java.util.HashMap;
import java.util.Map;

/** Parses the command line: configuration keys, each as {@code --key=value}. */
final class Arguments {

    private Arguments() {}

    static Map<String, String> parse(String[] arguments) {
        Map<String, String> parsed = new HashMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (!argument.startsWith("--") || equals < 3) {
                throw new IllegalArgumentException(
                        "'" + argument + "' is not an option: write --key=value, such as --server.port=0");
            }
            parsed.put(argument.substring(2, equals), argument.substring(equals + 1));
        }
        return Map.copyOf(parsed);
    }
}
