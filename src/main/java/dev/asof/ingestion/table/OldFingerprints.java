package dev.asof.ingestion.table;

import java.util.Map;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcOperations;

/**
 * Rows that were remembered by what they were read as. A read that meets them again knows them by that, and remembers
 * them by their values from then on; those that it doesn't meet stay as they are, and so do their sources' old ways.
 */
final class OldFingerprints {

    /** Several that were told apart by how they were written may be alike by their values: then they are copies. */
    private static final String REPLACE_APPENDED = """
        update asof.table_row r
        set identity = new.identity, copy = new.copy, content = new.identity, fingerprint = :fingerprint
        from (select old.identity as old_identity, old.copy as old_copy, s.identity,
                     (row_number() over (partition by s.identity order by old.identity, old.copy)
                      + (select count(*) from asof.table_row known
                         where known.source_id = :source_id and known.identity = s.identity))::integer as copy
              from (select distinct on (old_identity) old_identity, identity
                    from table_read_staged order by old_identity, n) s
              join asof.table_row old on old.source_id = :source_id and old.identity = s.old_identity) new
        where r.source_id = :source_id and r.identity = new.old_identity and r.copy = new.old_copy
        """;

    /** A content that is another than before stays so. */
    private static final String REPLACE_SNAPSHOT = """
        update asof.table_row r
        set identity = new.identity, copy = new.copy, fingerprint = :fingerprint,
            content = case r.content when new.old_content then new.content else r.content end
        from (select s.*, (row_number() over (partition by identity order by old_identity)
                           + (select count(*) from asof.table_row known
                              where known.source_id = :source_id and known.identity = s.identity))::integer as copy
              from (select distinct on (old_identity) old_identity, identity,
                           case old_copies when 1 then old_content
                                else substring(sha256(old_content || int4send(old_copies)) for 16) end as old_content,
                           case copies when 1 then content
                                else substring(sha256(content || int4send(copies)) for 16) end as content
                    from (select old_identity, old_content, identity, n,
                                 first_value(content) over (partition by identity order by content, n) as content,
                                 (count(*) over (partition by identity))::integer as copies,
                                 (count(*) over (partition by old_identity))::integer as old_copies
                          from table_read_staged) counted
                    order by old_identity, old_content, n) s) new
        where r.source_id = :source_id and r.identity = new.old_identity and r.copy = 1
        """;

    private static final String SAY_THERE_ARE_NONE = """
        update asof.table_source set fingerprint = :fingerprint
        where id = :source_id
          and not exists (select from asof.table_row where source_id = :source_id and fingerprint < :fingerprint)
        """;

    private OldFingerprints() {}

    /** Replaces the old ones of rows that are staged, in the current transaction. */
    static void replace(NamedParameterJdbcOperations jdbc, TableRows.Known source, boolean isSnapshot) {
        var parameters = Map.of("source_id", source.id(), "fingerprint", RowFingerprint.VERSION);
        jdbc.update(isSnapshot ? REPLACE_SNAPSHOT : REPLACE_APPENDED, parameters);
        jdbc.update(SAY_THERE_ARE_NONE, parameters);
    }
}
