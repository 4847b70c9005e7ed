package dev.asof.training.dataset;

/** The longer texts of the API's description. */
final class TrainingDatasetDocs {

    static final String BUILD = """
        The spine is read, checked and stored before the answer; the join is a job, to be followed at the `Location` \
        of the answer. The result is a new, immutable version of the name. Splits are by time only: a row belongs to \
        the split whose range has its as-of time; rows in the gaps between are left out and counted.\
        """;

    static final String REFERENCE = """
        `delays@v2` is one version; `delays` is the newest that is built, or the newest when none is.\
        """;

    static final String REQUEST = """
        {"name": "late_departures", "feature_service": "delay_model",
         "spine": {"sql": "select origin as airport, departed_at as as_of, delay > 15 as late from sources.flights"},
         "label_column": "late", "strict": true, "known": "latest"}\
        """;

    static final String SQL = """
        select s."airport", s."as_of", s."late", f0."departures__last_delay" as "departures__last_delay"
        from datasets."late_departures__v1_spine" s
        left join lateral features."departures__v1_asof"(s."airport", s."as_of", true, unseen_batches => '{[2,)}'::int8multirange) f0 on true
        order by s."asof_ordinal\"\
        """;

    private TrainingDatasetDocs() {}
}
