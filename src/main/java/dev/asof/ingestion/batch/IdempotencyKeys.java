package dev.asof.ingestion.batch;

import dev.asof.postgres.SqlStates;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.SourceName;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.stereotype.Repository;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Rule I2. A key's row is inserted by its batch's own transaction, so that it exists exactly if the batch does, and
 * another request finds the insert in flight while the first runs, whatever becomes of the first.
 */
@Repository
public class IdempotencyKeys {

    /** A key as a request claims it. */
    record Claim(String principal, SourceName source, String key, String bodyHash) {

        Id id() {
            return new Id(principal, source.value(), key);
        }
    }

    /** What no two batches share within a day. */
    record Id(String principal, String source, String key) {}

    /** What becomes of a claim. */
    sealed interface Outcome {

        /** It is the first one. */
        record First() implements Outcome {}

        /** The same batch was accepted before, with this answer. */
        record Repeated(BatchAnswer answer) implements Outcome {}

        /** It came with another body, or is still running. */
        record Refused(AsofException why) implements Outcome {}
    }

    private record Earlier(Id id, String bodyHash, String answer) {}

    private static final Duration KEPT = Duration.ofHours(24);
    /** Answers that an older server kept lack what has been added since. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private static final Outcome FIRST = new Outcome.First();

    private static final String FORGET = """
        delete from asof.idempotency_key where ctid = any(array(
            select ctid from asof.idempotency_key where created_at <= :cutoff limit 100 for update skip locked))
        """;

    /** In an order, so that of two that claim the same keys one waits for the other at the first. */
    private static final String CLAIM = """
        insert into asof.idempotency_key (principal, source, key, body_hash, created_at)
        select principal, source, key, body_hash, :now
        from unnest(:principals, :sources, :keys, :body_hashes) as claims (principal, source, key, body_hash)
        order by principal, source, key
        on conflict (principal, source, key) do update
        set body_hash = excluded.body_hash, answer = null, created_at = excluded.created_at
        where idempotency_key.created_at <= :cutoff
        returning principal, source, key
        """;

    private static final String EARLIER = """
        select principal, source, key, body_hash, answer from asof.idempotency_key
        join unnest(:principals, :sources, :keys) as claims (principal, source, key) using (principal, source, key)
        where created_at > :cutoff and answer is not null
        """;

    private static final String ANSWER = """
        update asof.idempotency_key k set answer = a.answer
        from unnest(:principals, :sources, :keys, :answers) as a (principal, source, key, answer)
        where k.principal = a.principal and k.source = a.source and k.key = a.key
        """;

    /** Without waiting for the disk: should it be lost, a repetition is told that its batch is pending. */
    private static final String ANSWER_AGAIN = """
        with relaxed as materialized (select set_config('synchronous_commit', 'off', true))
        update asof.idempotency_key k set answer = a.answer
        from relaxed, unnest(:principals, :sources, :keys, :answers) as a (principal, source, key, answer)
        where k.principal = a.principal and k.source = a.source and k.key = a.key
        """;

    /** Whoever has the key may be about to commit. */
    private static final int PATIENCE_MILLIS = 50;

    private final NamedParameterJdbcTemplate jdbc;
    private final Duration lockTimeout;

    IdempotencyKeys(DataSource dataSource, IngestionProperties properties) {
        this.jdbc = new NamedParameterJdbcTemplate(dataSource);
        this.lockTimeout = properties.lockTimeout();
    }

    /** Forgets some expired keys, so that the table doesn't grow forever. */
    void forgetSome(Instant now) {
        jdbc.update(FORGET, Map.of("cutoff", now.minus(KEPT).atOffset(ZoneOffset.UTC)));
    }

    public void forget(SourceName source) {
        jdbc.update("delete from asof.idempotency_key where source = :source", Map.of("source", source.value()));
    }

    /**
     * Claims keys in the current transaction, each at most once; one that has expired is as good as new.
     *
     * @return what becomes of each
     */
    Map<Claim, Outcome> claim(Collection<Claim> claims, Instant now) {
        if (claims.isEmpty()) {
            return Map.of();
        }
        Optional<Set<Id>> first = insert(claims, now, PATIENCE_MILLIS);
        if (first.isEmpty() && claims.size() > 1) {
            return claims.stream().collect(Collectors.toMap(Function.identity(), claim -> outcome(claim, now)));
        }
        return outcomes(claims, first, now);
    }

    /** One that somebody holds must not keep the others waiting. */
    private Outcome outcome(Claim claim, Instant now) {
        var alone = List.of(claim);
        return outcomes(alone, insert(alone, now, 1), now).getOrDefault(claim, FIRST);
    }

    private Map<Claim, Outcome> outcomes(Collection<Claim> claims, Optional<Set<Id>> first, Instant now) {
        var rest = claims.stream()
                .filter(claim -> first.isEmpty() || !first.get().contains(claim.id()))
                .toList();
        var earlier = first.isEmpty() || rest.isEmpty() ? Map.<Id, Earlier>of() : earlier(rest, now);
        var outcomes = new HashMap<Claim, Outcome>();
        claims.forEach(claim -> outcomes.put(claim, FIRST));
        rest.forEach(claim -> outcomes.put(claim, outcome(claim, earlier.get(claim.id()))));
        return outcomes;
    }

    private static Outcome outcome(Claim claim, @Nullable Earlier earlier) {
        if (earlier == null) {
            return new Outcome.Refused(new AsofException(
                    ErrorCode.STILL_RUNNING,
                    "A batch with Idempotency-Key '%s' is still running; ask again for its answer"
                            .formatted(claim.key())));
        }
        if (!earlier.bodyHash().equals(claim.bodyHash())) {
            return new Outcome.Refused(new AsofException(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "Idempotency-Key '%s' came with another body within 24 hours; use a new key for a new batch"
                            .formatted(claim.key())));
        }
        return new Outcome.Repeated(JSON.readValue(earlier.answer(), BatchAnswer.class));
    }

    /** What became of a key's batch before, without claiming it; empty when it is new. */
    Optional<Outcome> before(Claim claim, Instant now) {
        return Optional.ofNullable(earlier(List.of(claim), now).get(claim.id())).map(found -> outcome(claim, found));
    }

    private Map<Id, Earlier> earlier(Collection<Claim> claims, Instant now) {
        return jdbc
                .query(
                        EARLIER,
                        parameters(claims, now),
                        (result, _) -> new Earlier(
                                id().mapRow(result, 0), result.getString("body_hash"), result.getString("answer")))
                .stream()
                .collect(Collectors.toMap(Earlier::id, Function.identity()));
    }

    /** Those of the keys that are new; empty when another transaction holds one of them, and nothing was claimed. */
    private Optional<Set<Id>> insert(Collection<Claim> claims, Instant now, int patienceMillis) {
        execute("savepoint claims; set local lock_timeout = '" + patienceMillis + "ms'");
        try {
            var inserted = new HashSet<>(jdbc.query(CLAIM, parameters(claims, now), id()));
            execute("set local lock_timeout = '" + lockTimeout.toMillis() + "ms'; release savepoint claims");
            return Optional.of(inserted);
        } catch (DataAccessException e) {
            // Spring has no exception of its own for a lock timeout on Postgres
            if (!(e.getMostSpecificCause() instanceof SQLException cause)
                    || !SqlStates.LOCK_NOT_AVAILABLE.equals(cause.getSQLState())) {
                throw e;
            }
            execute("rollback to savepoint claims; release savepoint claims");
            return Optional.empty();
        }
    }

    private void execute(String sql) {
        jdbc.getJdbcTemplate().execute(sql);
    }

    /** In the batches' transaction: keeps their answers, for whoever claims the keys again. */
    void answer(Map<Claim, BatchAnswer> answers) {
        answer(ANSWER, answers);
    }

    /** After it: keeps what has become of them since. */
    void answerAgain(Map<Claim, BatchAnswer> answers) {
        answer(ANSWER_AGAIN, answers);
    }

    private void answer(String sql, Map<Claim, BatchAnswer> answers) {
        if (!answers.isEmpty()) {
            var claims = List.copyOf(answers.keySet());
            var parameters = parameters(claims, Instant.EPOCH);
            parameters.put("answers", texts(claims, claim -> JSON.writeValueAsString(answers.get(claim))));
            jdbc.update(sql, parameters);
        }
    }

    private static RowMapper<Id> id() {
        return (result, _) ->
                new Id(result.getString("principal"), result.getString("source"), result.getString("key"));
    }

    private static Map<String, Object> parameters(Collection<Claim> claims, Instant now) {
        var parameters = new HashMap<String, Object>();
        parameters.put("principals", texts(claims, Claim::principal));
        parameters.put("sources", texts(claims, claim -> claim.source().value()));
        parameters.put("keys", texts(claims, Claim::key));
        parameters.put("body_hashes", texts(claims, Claim::bodyHash));
        parameters.put("now", now.atOffset(ZoneOffset.UTC));
        parameters.put("cutoff", now.minus(KEPT).atOffset(ZoneOffset.UTC));
        return parameters;
    }

    private static String[] texts(Collection<Claim> claims, Function<Claim, String> text) {
        return claims.stream().map(text).toArray(String[]::new);
    }
}
