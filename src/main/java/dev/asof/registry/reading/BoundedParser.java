package dev.asof.registry.reading;

import dev.asof.shared.HeavyWork;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.ParserException;
import org.snakeyaml.engine.v2.parser.Parser;

/**
 * Refuses documents that are small as text and large as what is made of them: nesting so deep that composing nodes,
 * which recurses, would overflow the stack; more values than a bundle has use for; values repeated by aliases, counted
 * as if they were written out.
 */
final class BoundedParser implements Parser {

    private static final int MAX_DEPTH = 50;

    /** Lists, mappings, their keys and single values; each takes some hundred bytes. */
    private static final int MAX_NODES = 300_000;

    /** The documents are more than is read at all: there is no use in going on with the next. */
    static final class TooLargeException extends ParserException {

        private static final long serialVersionUID = 1L;

        TooLargeException(String message, Optional<Mark> mark) {
            super(message, mark);
        }
    }

    /** What stands, or is repeated, at a place. */
    private record Weight(long nodes, long characters) {

        private static final Weight NONE = new Weight(0, 0);

        Weight plus(Weight other) {
            return new Weight(nodes + other.nodes, characters + other.characters);
        }

        Weight minus(Weight other) {
            return new Weight(nodes - other.nodes, characters - other.characters);
        }
    }

    /** A list or mapping that isn't closed yet. */
    private record Open(Optional<Anchor> anchor, Weight before) {}

    private final Parser parser;
    private final int maxCharacters;
    private final Deque<Open> open = new ArrayDeque<>();
    private final Map<Anchor, Weight> anchored = new HashMap<>();
    private Weight total = Weight.NONE;

    /** @param maxCharacters of all single values together, repeated ones included */
    BoundedParser(Parser parser, int maxCharacters) {
        this.parser = parser;
        this.maxCharacters = maxCharacters;
    }

    @Override
    public boolean checkEvent(Event.ID id) {
        return parser.checkEvent(id);
    }

    @Override
    public Event peekEvent() {
        return parser.peekEvent();
    }

    @Override
    public boolean hasNext() {
        return parser.hasNext();
    }

    @Override
    public Event next() {
        HeavyWork.goOn();
        Event event = parser.next();
        switch (event) {
            case AliasEvent alias -> repeat(alias);
            case ScalarEvent scalar -> {
                var weight = new Weight(1, scalar.getValue().length());
                scalar.getAnchor().ifPresent(anchor -> anchored.put(anchor, weight));
                add(weight, event);
            }
            case CollectionStartEvent start -> begin(start);
            default -> end(event);
        }
        return event;
    }

    private void repeat(AliasEvent alias) {
        var weight = alias.getAnchor().map(anchored::get);
        if (weight.isEmpty() && alias.getAnchor().filter(this::isOpen).isPresent()) {
            throw refused("an alias stands within what it repeats", alias);
        }
        add(weight.orElse(Weight.NONE), alias);
    }

    private boolean isOpen(Anchor anchor) {
        return open.stream()
                .anyMatch(
                        collection -> collection.anchor().filter(anchor::equals).isPresent());
    }

    private void begin(CollectionStartEvent start) {
        if (open.size() == MAX_DEPTH) {
            throw refused("lists and mappings nest deeper than " + MAX_DEPTH, start);
        }
        var anchor = ((NodeEvent) start).getAnchor();
        anchor.ifPresent(anchored::remove);
        open.push(new Open(anchor, total));
        add(new Weight(1, 0), start);
    }

    private void end(Event event) {
        Event.ID id = event.getEventId();
        if (id == Event.ID.MappingEnd || id == Event.ID.SequenceEnd) {
            Open closed = open.pop();
            closed.anchor().ifPresent(anchor -> anchored.put(anchor, total.minus(closed.before())));
        } else if (id == Event.ID.DocumentStart) {
            anchored.clear();
        }
    }

    private void add(Weight weight, Event event) {
        total = total.plus(weight);
        if (total.nodes() > MAX_NODES) {
            throw new TooLargeException(
                    "It holds more than %s values: split it".formatted(MAX_NODES), event.getStartMark());
        }
        if (total.characters() > maxCharacters) {
            throw new TooLargeException(
                    "With what aliases repeat it holds more than %s characters: split it".formatted(maxCharacters),
                    event.getStartMark());
        }
    }

    private static ParserException refused(String why, Event event) {
        return new ParserException(why, event.getStartMark());
    }
}
