package dev.asof.materialization.tile;

import dev.asof.offline.AggregateRows;
import dev.asof.offline.TouchedKeys;
import dev.asof.online.FencingTokens;
import dev.asof.online.OnlineStore;
import dev.asof.online.Publication;
import dev.asof.online.Published;
import dev.asof.online.PublishedKey;
import dev.asof.shared.AsofException;
import dev.asof.shared.BatchId;
import dev.asof.shared.EntityKey;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Timestamps;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Brings keys of views with aggregates online: takes a publication, reads the keys' rows (or tiles that stand for them) in Postgres as of
 * the clock, makes tiles of them, and has them replace what is there, unless that is of a later publication. A publication that was taken after a
 * batch's commit holds the batch; so whoever comes last, the value that stays holds all batches that were published.
 *
 * <p>Rows ahead of the clock are left out, and on record as such before the value is written ({@link LeftOutRows}).
 */
@Component
public class KeyPublisher {

    /** Read by one statement, at one moment. */
    private static final int KEYS_AT_ONCE = 500;

    private static final int TRIES = 3;

    /**
     * What came of it.
     *
     * @param publication the least under which something was written
     */
    public record Brought(FencingTokens written, long publication) {

        public static final Brought NOTHING = new Brought(FencingTokens.NONE, Long.MAX_VALUE);

        public Brought and(Brought other) {
            return new Brought(written.and(other.written), Math.min(publication, other.publication));
        }
    }

    private final Publications publications;
    private final AggregateRows rows;
    private final TouchedKeys touched;
    private final LeftOutRows leftOut;
    private final OnlineStore online;
    private final TransactionTemplate transaction;
    private final KnownKeys known;
    private final CrowdedKeys crowded;
    private final PublicationMetrics metrics;
    private final Clock clock;

    KeyPublisher(
            Publications publications,
            AggregateRows rows,
            TouchedKeys touched,
            LeftOutRows leftOut,
            OnlineStore online,
            PlatformTransactionManager transactions,
            KnownKeys known,
            CrowdedKeys crowded,
            PublicationMetrics metrics,
            Clock clock) {
        this.publications = publications;
        this.rows = rows;
        this.touched = touched;
        this.leftOut = leftOut;
        this.online = online;
        this.transaction = new TransactionTemplate(transactions);
        this.known = known;
        this.crowded = crowded;
        this.metrics = metrics;
        this.clock = clock;
    }

    /**
     * Brings all there is of keys online, with all that has committed by now.
     *
     * @throws AsofException UNAVAILABLE when the online store did not take all of them; to do it again is harmless
     * @throws org.springframework.dao.DataAccessException when they can't be read
     */
    public Brought publish(AggregatedView view, Collection<EntityKey> keys) {
        List<EntityKey> inOrder = keys.stream().sorted().toList();
        Brought brought = Brought.NOTHING;
        for (int first = 0; first < inOrder.size(); first += KEYS_AT_ONCE) {
            var some = inOrder.subList(first, Math.min(inOrder.size(), first + KEYS_AT_ONCE));
            brought = brought.and(publishUntilTaken(view, some));
        }
        return brought;
    }

    private Brought publishUntilTaken(AggregatedView view, Collection<EntityKey> keys) {
        Brought brought = Brought.NOTHING;
        Collection<EntityKey> left = keys;
        for (int tries = 0; !left.isEmpty(); tries++) {
            if (tries == TRIES) {
                throw new AsofException(
                        ErrorCode.UNAVAILABLE, "%s keys were not taken by the online store".formatted(left.size()));
            }
            var page = new Page(view);
            brought = brought.and(page.publish(left, Map.of()));
            left = page.again;
        }
        return brought;
    }

    /**
     * As {@link #publish}, of keys of which it is known where rows were added: where that is within the finest tiles, only these are
     * read and replaced.
     *
     * @param keys each with its first event that is new, in microseconds, or {@link TouchedRows#WHOLE}; few enough to be read at once
     */
    public Brought publishTouched(AggregatedView view, Map<EntityKey, Long> keys) {
        if (keys.isEmpty()) {
            return Brought.NOTHING;
        }
        var page = new Page(view);
        var parts = new HashMap<EntityKey, Long>();
        var whole = new ArrayList<EntityKey>();
        keys.forEach((key, from) -> {
            if (known.contains(view.view(), key) && page.plans.isOpen(key, from)) {
                parts.put(key, from);
            } else {
                whole.add(key);
            }
        });
        return page.publish(whole, parts).and(publish(view, page.again));
    }

    /** Of a version that is retired. */
    void forget(long viewId) {
        crowded.forget(viewId);
    }

    /** Some keys under one publication. */
    private final class Page {

        private final AggregatedView view;
        private final Publication publication = publications.next();
        private final Instant now = Timestamps.truncated(clock.instant());
        private final KeyPlans plans;
        private final Set<EntityKey> again = new HashSet<>();
        private FencingTokens written = FencingTokens.NONE;

        private Page(AggregatedView view) {
            this.view = view;
            this.plans = new KeyPlans(view, crowded, now);
        }

        Brought publish(Collection<EntityKey> whole, Map<EntityKey, Long> parts) {
            var reading = KeyReading.whole(view, plans, whole, this::write);
            var finest = new ArrayList<PublishedKey>();
            transaction.executeWithoutResult(_ -> {
                leaveOut(Stream.concat(whole.stream(), parts.keySet().stream()).toList());
                if (!whole.isEmpty()) {
                    rows.read(view.view(), whole, plans.ofWholeKeys(), reading);
                }
                byBeginning(parts).forEach((from, keys) -> finest.addAll(readParts(keys, from)));
            });
            write(reading.whole());
            again.addAll(reading.crowded());
            writeParts(finest);
            return new Brought(written, publication.number());
        }

        private Map<Long, List<EntityKey>> byBeginning(Map<EntityKey, Long> parts) {
            return parts.entrySet().stream()
                    .collect(Collectors.groupingBy(
                            part -> plans.beginning(part.getKey(), part.getValue()),
                            TreeMap::new,
                            Collectors.mapping(Map.Entry::getKey, Collectors.toList())));
        }

        private List<PublishedKey> readParts(List<EntityKey> keys, long from) {
            var reading = KeyReading.parts(view, plans, keys);
            rows.read(view.view(), keys, Timestamps.ofMicros(from), now, reading);
            var parts = reading.finest();
            again.addAll(keys);
            parts.stream()
                    .filter(part -> part.tiles().tiles().getFirst().start() == from)
                    .map(PublishedKey::key)
                    .forEach(again::remove);
            again.addAll(reading.crowded());
            return parts.stream().filter(part -> !again.contains(part.key())).toList();
        }

        /** Before anything is written. */
        private void leaveOut(List<EntityKey> keys) {
            Map<BatchId, Instant> ahead = touched.ahead(view.view(), keys, now);
            if (!ahead.isEmpty()) {
                leftOut.record(view.view(), publication, ahead, now);
            }
        }

        private void write(List<PublishedKey> keys) {
            if (keys.isEmpty()) {
                return;
            }
            took(online.publish(view.view(), publication, keys));
            metrics.of(view.view()).whole().increment(keys.size());
            keys.forEach(key -> known.add(view.view(), key.key()));
        }

        private void writeParts(List<PublishedKey> parts) {
            if (!parts.isEmpty()) {
                took(online.patch(view.view(), publication, parts));
                metrics.of(view.view()).parts().increment(parts.size());
            }
        }

        private void took(Published published) {
            written = written.and(published.tokens());
            again.addAll(published.again());
        }
    }
}
