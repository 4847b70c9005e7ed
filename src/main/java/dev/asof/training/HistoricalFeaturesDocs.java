package dev.asof.training;

/** The longer texts of the API's description. */
final class HistoricalFeaturesDocs {

    static final String DESCRIPTION = """
            Each spine row comes back exactly once, in order, with its own columns untouched and the features as they \
            were at its as-of time. The whole spine is checked before the first byte; if something fails later, the \
            connection breaks instead of the body ending well. A missing join key column is an error; an explicit null \
            gives null features.

            A spine file (CSV, Parquet or NDJSON) comes in a multipart request: the part `request` is the JSON without \
            `spine`, the part `spine` the file. In CSV an empty field is null and `""` the empty string; a column becomes \
            a number only if every value is a number that comes back as it was (007 stays text).""";

    static final String INLINE = """
            {"features": ["airport_delays:*"],
             "spine": {"rows": [{"origin": "JFK", "as_of": "2026-11-20T07:48:00Z", "label": 1},
                                {"origin": "SFO", "as_of": "2026-11-20T09:00:00Z", "label": 0}]}}""";

    static final String SQL = """
            {"feature_service": "fraud_model",
             "spine": {"sql": "select card_id, ts as as_of, is_fraud from sources.chargebacks where amount > 10"},
             "strict": true}""";

    static final String SOURCE = """
            {"feature_service": "fraud_model@v2", "spine": {"source": "chargebacks"}, "known": "as_recorded"}""";

    static final String NDJSON_ROWS = """
            {"origin":"JFK","as_of":"2026-11-20T07:48:00.000000Z","label":1,"airport_delays__avg_delay":12.5}
            {"origin":"SFO","as_of":"2026-11-20T09:00:00.000000Z","label":0,"airport_delays__avg_delay":null}""";

    static final String CSV_ROWS = """
            origin,as_of,label,airport_delays__avg_delay
            JFK,2026-11-20T07:48:00.000000Z,1,12.5
            SFO,2026-11-20T09:00:00.000000Z,0,""";

    private HistoricalFeaturesDocs() {}
}
