package dev.asof.transform;

import java.util.List;

/** An argument of the right type that an operation still refuses while compiling, such as an unknown time zone. */
final class RefusedArgumentException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int argument;
    private final transient List<String> suggestions;

    /** @param argument its position among the arguments, from 0 */
    RefusedArgumentException(int argument, String message, List<String> suggestions) {
        super(message, null, false, false);
        this.argument = argument;
        this.suggestions = List.copyOf(suggestions);
    }

    RefusedArgumentException(int argument, String message) {
        this(argument, message, List.of());
    }

    int argument() {
        return argument;
    }

    List<String> suggestions() {
        return suggestions;
    }
}
