package dev.asof.ingestion;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.SourceName;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.stereotype.Repository;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Rule I2. A key's row is inserted by the batch's own transaction, so that it exists exactly if the batch does, and a
 * second request finds the insert in flight while the first runs, whatever becomes of the first.
 */
@Repository
class IdempotencyKeys {

    /** A key as a request claims it. */
    record Claim(String principal, SourceName source, String key, String bodyHash) {}

    private static final String LOCK_NOT_AVAILABLE = "55P03";
    private static final Duration KEPT = Duration.ofHours(24);
    /** Answers that an older server kept lack what has been added since. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private static final String FORGET = """
            delete from asof.idempotency_key where ctid = any(array(
                select ctid from asof.idempotency_key where created_at <= :cutoff limit 100 for update skip locked))
            """;

    private static final String CLAIM = """
            insert into asof.idempotency_key (principal, source, key, body_hash, created_at)
            values (:principal, :source, :key, :body_hash, :now)
            on conflict (principal, source, key) do update
            set body_hash = excluded.body_hash, answer = null, created_at = excluded.created_at
            where idempotency_key.created_at <= :cutoff
            """;

    private static final String EARLIER = """
            select body_hash, answer from asof.idempotency_key
            where principal = :principal and source = :source and key = :key
            """;

    private static final String ANSWER = """
            update asof.idempotency_key set answer = :answer
            where principal = :principal and source = :source and key = :key
            """;

    private final NamedParameterJdbcTemplate jdbc;

    IdempotencyKeys(DataSource dataSource) {
        this.jdbc = new NamedParameterJdbcTemplate(dataSource);
    }

    /** Forgets some expired keys, so that the table doesn't grow forever. */
    void forgetSome(Instant now) {
        jdbc.update(FORGET, Map.of("cutoff", now.minus(KEPT).atOffset(ZoneOffset.UTC)));
    }

    void forget(SourceName source) {
        jdbc.update("delete from asof.idempotency_key where source = :source", Map.of("source", source.value()));
    }

    /**
     * Claims a key in the current transaction; one that has expired is as good as new.
     *
     * @return the first answer when the same batch was accepted before
     * @throws AsofException STILL_RUNNING, or IDEMPOTENCY_KEY_REUSED for another body
     */
    Optional<BatchAnswer> claim(Claim claim, Instant now) {
        var parameters = parameters(claim);
        parameters.put("cutoff", now.minus(KEPT).atOffset(ZoneOffset.UTC));
        parameters.put("body_hash", claim.bodyHash());
        parameters.put("now", now.atOffset(ZoneOffset.UTC));
        if (insertBriefly(claim, parameters) == 1) {
            return Optional.empty();
        }
        return jdbc.query(EARLIER, parameters, result -> {
            if (!result.next() || !result.getString("body_hash").equals(claim.bodyHash())) {
                throw new AsofException(
                        ErrorCode.IDEMPOTENCY_KEY_REUSED,
                        "Idempotency-Key '%s' came with another body within 24 hours; use a new key for a new batch"
                                .formatted(claim.key()));
            }
            return Optional.of(JSON.readValue(result.getString("answer"), BatchAnswer.class));
        });
    }

    /** Spring has no exception of its own for a lock timeout on Postgres. */
    private int insertBriefly(Claim claim, Map<String, Object> parameters) {
        try {
            jdbc.getJdbcTemplate().execute("set local lock_timeout = '200ms'");
            int inserted = jdbc.update(CLAIM, parameters);
            jdbc.getJdbcTemplate().execute("set local lock_timeout to default");
            return inserted;
        } catch (DataAccessException e) {
            if (!(e.getMostSpecificCause() instanceof SQLException cause)
                    || !LOCK_NOT_AVAILABLE.equals(cause.getSQLState())) {
                throw e;
            }
            throw new AsofException(
                    ErrorCode.STILL_RUNNING,
                    "A batch with Idempotency-Key '%s' is still running; ask again for its answer"
                            .formatted(claim.key()));
        }
    }

    /** Keeps the batch's answer, for whoever claims the key again. */
    void answer(Claim claim, BatchAnswer answer) {
        var parameters = parameters(claim);
        parameters.put("answer", JSON.writeValueAsString(answer));
        jdbc.update(ANSWER, parameters);
    }

    private static Map<String, Object> parameters(Claim claim) {
        var parameters = new HashMap<String, Object>();
        parameters.put("principal", claim.principal());
        parameters.put("source", claim.source().value());
        parameters.put("key", claim.key());
        return parameters;
    }
}
