package dev.asof.ingestion;

/** Bodies for the API's documentation, which run against the sample definitions in the order the page shows them. */
final class RowsExamples {

    static final String JSON =
            """
            {"rows": [{"departed_at": "2026-01-05T08:30:00Z", "origin": "JFK", "destination": "LAX", "delay": 12, "distance": 2475}]}""";

    static final String NDJSON =
            """
            {"departed_at": "2026-01-05T08:30:00Z", "origin": "JFK", "destination": "LAX", "delay": 12, "distance": 2475}
            {"departed_at": "2026-01-05T08:45:00Z", "origin": "SFO", "destination": "JFK", "delay": -3, "distance": 2586}""";

    static final String CSV =
            """
            departed_at,origin,destination,delay,distance
            2026-01-05T08:30:00Z,JFK,LAX,12,2475
            2026-01-05T08:45:00Z,SFO,JFK,,2586""";

    private RowsExamples() {}
}
