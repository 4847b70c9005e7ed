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
import dev.asof.transform.window.TilePlan;
import dev.asof.transform.window.Window;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Brings keys of views with aggregates online: takes a publication, reads the keys' rows in Postgres as of the clock, makes tiles of
 * them, and has them replace what is there, unless that is of a later publication. A publication that was taken after a
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
    private final TransactionTemplate reading;
    private final PublicationMetrics metrics;
    private final Clock clock;

    KeyPublisher(
            Publications publications,
            AggregateRows rows,
            TouchedKeys touched,
            LeftOutRows leftOut,
            OnlineStore online,
            PlatformTransactionManager transactions,
            PublicationMetrics metrics,
            Clock clock) {
        this.publications = publications;
        this.rows = rows;
        this.touched = touched;
        this.leftOut = leftOut;
        this.online = online;
        this.reading = new TransactionTemplate(transactions);
        this.metrics = metrics;
        this.clock = clock;
    }

    /**
     * Brings all there is of keys online, with all that has committed by now.
     *
     * @throws AsofException UNAVAILABLE when the online store did not take all of them; to do it again is harmless
     * @throws org.springframework.dao.DataAccessException when they can't be read
     */
    public Brought publish(AggregatedView program, Collection<EntityKey> keys) {
        List<EntityKey> inOrder = keys.stream().sorted().toList();
        Brought brought = Brought.NOTHING;
        for (int first = 0; first < inOrder.size(); first += KEYS_AT_ONCE) {
            var some = inOrder.subList(first, Math.min(inOrder.size(), first + KEYS_AT_ONCE));
            brought = brought.and(publishUntilTaken(program, some));
        }
        return brought;
    }

    private Brought publishUntilTaken(AggregatedView program, Collection<EntityKey> keys) {
        Brought brought = Brought.NOTHING;
        Collection<EntityKey> left = keys;
        for (int tries = 0; !left.isEmpty(); tries++) {
            if (tries == TRIES) {
                throw new AsofException(
                        ErrorCode.UNAVAILABLE, "%s keys were not taken by the online store".formatted(left.size()));
            }
            var page = new Page(program);
            brought = brought.and(page.publish(left));
            left = page.again;
        }
        return brought;
    }

    /**
     * As {@link #publish}, of keys of which it is known where rows were added: where that is within the finest tiles, only these are
     * read and replaced.
     *
     * @param keys each with its first event that is new, in microseconds, or {@link TouchedRows#WHOLE}
     */
    public Brought publishTouched(AggregatedView program, Map<EntityKey, Long> keys) {
        var page = new Page(program);
        Brought brought = page.patch(keys);
        return brought.and(publish(program, page.again));
    }

    /** Some keys under one publication. */
    private final class Page {

        private final AggregatedView program;
        private final Publication publication = publications.next();
        private final Instant now = Timestamps.truncated(clock.instant());
        private final TilePlan plan;
        private final Set<EntityKey> again = new HashSet<>();
        private FencingTokens written = FencingTokens.NONE;

        private Page(AggregatedView program) {
            this.program = program;
            this.plan = program.plan(now);
        }

        Brought publish(Collection<EntityKey> keys) {
            var read = new KeyReading(program, plan, keys, this::write);
            reading.executeWithoutResult(_ -> {
                leaveOut(keys);
                rows.read(program.view(), keys, neededFrom(), now, read);
            });
            write(read.whole());
            return new Brought(written, publication.number());
        }

        private Instant neededFrom() {
            long from = plan.neededFrom();
            return from == Window.ALWAYS ? Timestamps.MIN : Timestamps.ofMicros(from);
        }

        Brought patch(Map<EntityKey, Long> keys) {
            var byBeginning = new TreeMap<Long, List<EntityKey>>();
            long open = plan.kept().getFirst().from();
            keys.forEach((key, from) -> {
                if (from < open || from > Timestamps.toMicros(now)) {
                    again.add(key);
                } else {
                    byBeginning
                            .computeIfAbsent(program.finest().floor(from), _ -> new ArrayList<>())
                            .add(key);
                }
            });
            if (byBeginning.isEmpty()) {
                return Brought.NOTHING;
            }
            var parts = new ArrayList<PublishedKey>();
            reading.executeWithoutResult(_ -> {
                leaveOut(keys.keySet());
                byBeginning.forEach((from, some) -> parts.addAll(read(some, from)));
            });
            Published published = online.patch(program.view(), publication, parts);
            again.addAll(published.again());
            metrics.of(program.view()).parts().increment(parts.size());
            return new Brought(published.tokens(), publication.number());
        }

        private List<PublishedKey> read(List<EntityKey> keys, long from) {
            var read = new KeyReading(program, plan, keys, _ -> {});
            rows.read(program.view(), keys, Timestamps.ofMicros(from), now, read);
            var parts = read.finest();
            again.addAll(keys);
            parts.stream()
                    .filter(part -> part.tiles().tiles().getFirst().start() == from)
                    .map(PublishedKey::key)
                    .forEach(again::remove);
            return parts;
        }

        /** Before anything is written. */
        private void leaveOut(Collection<EntityKey> keys) {
            Map<BatchId, Instant> ahead = touched.ahead(program.view(), List.copyOf(keys), now);
            if (!ahead.isEmpty()) {
                leftOut.record(program.view(), publication, ahead, now);
            }
        }

        private void write(List<PublishedKey> keys) {
            Published published = online.publish(program.view(), publication, keys);
            metrics.of(program.view()).whole().increment(keys.size());
            written = written.and(published.tokens());
            again.addAll(published.again());
        }
    }
}
