package dev.asof.postgres;

/**
 * What Postgres grants to every login and Asof's databases take back, as queries whose rows are the statements still to
 * be run: none once all is done. They are a superuser's to run; the embedded Postgres has one, on others the server
 * tells what is missing.
 */
public final class PublicRights {

    /**
     * Of the functions of the database it is run in, those with which a login without any rights can lock, signal, write
     * or change its session: their right to be executed goes from everyone to one role. That role is the parameter.
     */
    public static final String FUNCTIONS = """
        select unnest(array[
            format('revoke execute on function %1$s from public', functions),
            format('grant execute on function %1$s to %2$I', functions, role)])
        from (
            select string_agg(oid::regprocedure::text, ', ' order by oid) as functions
            from pg_proc
            where pronamespace = 'pg_catalog'::regnamespace
              and has_function_privilege('public', oid, 'execute')
              and proname ~ '(?x) ^(
                    pg_(try_)?advisory_ | pg_(cancel|terminate)_backend$ | pg_notify$ | pg_logical_emit_message$
                  | pg_export_snapshot$ | pg_current_xact_id$ | txid_current$ | set_config$ | lo_ | lo(read|write)$
                  | pg_(create|copy)_(logical|physical)_replication_slot$ | pg_drop_replication_slot$
                  | pg_replication_slot_advance$ | pg_sync_replication_slots$ | pg_logical_slot_
                  | pg_(clear|restore)_(attribute|relation)_stats$ | pg_stat_force_next_flush$
                  | pg_nextoid$ | pg_import_system_collations$ | pg_stop_making_pinned_objects$
                  | pg_extension_config_dump$ | brin_(de)?summarize_ | gin_clean_pending_list$ | binary_upgrade_)'
        ) open, (select ?::text as role) grantee
        where functions is not null
        """;

    /** Of every database that takes connections; needs no superuser for the one that one owns. */
    public static final String DATABASES = """
        select format('revoke %s on database %I from public', string_agg(lower(privilege_type), ', '), datname)
        from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))
        where datallowconn and grantee = 0
        group by datname
        order by datname
        """;

    private PublicRights() {}
}
