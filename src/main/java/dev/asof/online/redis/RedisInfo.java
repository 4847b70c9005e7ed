package dev.asof.online.redis;

/** What Redis tells of itself. */
final class RedisInfo {

    private final String text;

    /** @param text the reply to INFO */
    RedisInfo(String text) {
        this.text = text;
    }

    /** A field's value; empty when Redis has no such field. */
    String get(String field) {
        return text.lines()
                .filter(line -> line.startsWith(field) && line.startsWith(":", field.length()))
                .map(line -> line.substring(field.length() + 1).strip())
                .findFirst()
                .orElse("");
    }

    /**
     * A field without which one process can't be told from another.
     *
     * @throws dev.asof.shared.AsofException UNAVAILABLE when Redis has no such field
     */
    String required(String field) {
        String value = get(field);
        if (value.isEmpty()) {
            throw RedisConnection.unavailable(new IllegalStateException("Its INFO has no " + field));
        }
        return value;
    }

    boolean isMaster() {
        return get("role").equals("master");
    }

    /** Whether it uses all the memory it may. */
    boolean isFull() {
        long most = number("maxmemory");
        return most > 0 && number("used_memory") >= most;
    }

    private long number(String field) {
        String value = get(field);
        return value.isEmpty() ? 0 : Long.parseLong(value);
    }
}
