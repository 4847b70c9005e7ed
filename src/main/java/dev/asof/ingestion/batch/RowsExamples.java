package dev.asof.ingestion.batch;

/** Bodies for the API's documentation, which run against the sample definitions in the order the page shows them. */
public final class RowsExamples {

    static final String JSON = """
        {"rows": [{"departed_at": "2026-01-05T08:30:00Z", "origin": "JFK", "destination": "LAX", "delay": 12, "distance": 2475}]}\
        """;

    static final String NDJSON = """
        {"departed_at": "2026-01-05T08:40:00Z", "origin": "LAX", "destination": "SFO", "delay": 41, "distance": 337}
        {"departed_at": "2026-01-05T08:45:00Z", "origin": "SFO", "destination": "JFK", "delay": -3, "distance": 2586}\
        """;

    public static final String CSV = """
        departed_at,origin,destination,delay,distance
        2026-01-05T08:20:00Z,ORD,JFK,7,740
        2026-01-05T08:50:00Z,ORD,LAX,,1744\
        """;

    private RowsExamples() {}
}
