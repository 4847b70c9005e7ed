package dev.asof.training.historical;

/** The longer texts of the API's description. */
final class HistoricalFeaturesDocs {

    static final String DESCRIPTION = """
        Each spine row comes back exactly once, in order, with its own columns untouched and the features as they \
        were at its as-of time. The whole spine is checked before the first byte; if something fails later, the \
        connection breaks instead of the body ending well. A missing join key column is an error; an explicit null \
        gives null features. Request values of on-demand features are columns of the spine by their names, of the \
        types that they are declared with; where one is missing, of another type or not finite, every row is told.

        A spine file (CSV, Parquet or NDJSON) comes in a multipart request: the part `request` is the JSON without \
        `spine`, the part `spine` the file. In CSV an empty field is null and `""` the empty string; a column becomes \
        a number only if every value is a number that comes back as it was (007 stays text).\
        """;

    static final String INLINE = """
        {"feature_service": "delay_model",
         "spine": {"rows": [{"airport": "JFK", "as_of": "2026-01-05T09:00:00Z", "label": 1},
                            {"airport": "SFO", "as_of": "2026-01-05T09:00:00Z", "label": 0}]}}\
        """;

    static final String SQL = """
        {"feature_service": "delay_model@v1",
         "spine": {"sql": "select origin as airport, departed_at as as_of, delay > 15 as label from sources.flights"},
         "strict": true}\
        """;

    static final String NDJSON_ROWS = """
        {"airport":"JFK","as_of":"2026-01-05T09:00:00.000000Z","label":1,"departures__last_delay":12}
        {"airport":"SFO","as_of":"2026-01-05T09:00:00.000000Z","label":0,"departures__last_delay":-3}\
        """;

    static final String CSV_ROWS = """
        airport,as_of,label,departures__last_delay
        JFK,2026-01-05T09:00:00.000000Z,1,12
        SFO,2026-01-05T09:00:00.000000Z,0,-3\
        """;

    private HistoricalFeaturesDocs() {}
}
