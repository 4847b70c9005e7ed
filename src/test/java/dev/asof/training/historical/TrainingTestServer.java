package dev.asof.training.historical;

import dev.asof.formats.TableReaders;
import dev.asof.http.JsonRequestReader;
import dev.asof.offline.BlockJoin;
import dev.asof.offline.HistoryCopies;
import dev.asof.offline.PointInTimeJoin;
import dev.asof.offline.SharedSnapshots;
import dev.asof.postgres.PostgresProbe;
import dev.asof.registry.Registry;
import dev.asof.shared.AsofException;
import dev.asof.shared.BackgroundLoops;
import dev.asof.shared.HeavyWork;
import dev.asof.training.TestRegistry;
import dev.asof.training.spine.SpineSources;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.TestComponent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.FilterType;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/**
 * The module on a real Postgres, with plain tables in place of the offline store's functions. No configuration by
 * annotation: those of tests come on top of the whole application, others are found by every other test's server.
 */
@EnableAutoConfiguration
@ComponentScan(
        basePackages = {
            "dev.asof.training",
            "dev.asof.ingestion",
            "dev.asof.offline",
            "dev.asof.formats",
            "dev.asof.http",
            "dev.asof.postgres"
        },
        useDefaultFilters = false,
        includeFilters = {
            @ComponentScan.Filter(
                    type = FilterType.REGEX,
                    pattern = {
                        "dev\\.asof\\.(\\w+\\.)+(Formats|Postgres|Offline|Ingestion|TableSource|Training|Reader)Configuration",
                        "dev\\.asof\\.training\\.(\\w+\\.)?Reader(Login|Sessions)"
                    }),
            @ComponentScan.Filter(
                    type = FilterType.ASSIGNABLE_TYPE,
                    classes = {
                        JsonRequestReader.class,
                        RequestPlanner.class,
                        HistoricalFeatures.class,
                        HistoricalFeaturesController.class,
                        SpineSources.class,
                        BrokenResponses.class,
                        PostgresProbe.class,
                        SharedSnapshots.class,
                        HistoryCopies.class,
                        TableReaders.class
                    })
        })
class TrainingTestServer {

    private static final String SCHEMA = """
        create schema if not exists asof;
        create schema if not exists offline;
        create schema if not exists features;
        create schema if not exists sources;
        create table if not exists asof.secrets (secret text);
        create table if not exists offline.history (secret text);
        create table if not exists features.delays (
            origin text collate "C", event_timestamp timestamptz, avg_delay double precision, flights bigint);
        create table if not exists sources.labels (
            row_sequence bigint, origin text, ts timestamptz, label integer, day date);
        create table if not exists sources.big as select i as row_sequence, 'K' || (i % 100) as origin,
            timestamptz '2026-01-02T00:00:00Z' + make_interval(secs => i) as ts from generate_series(1, 20000) i;
        insert into features.delays values
            ('JFK', '2026-01-01T00:00:00Z', 1.5, 9007199254740993),
            ('JFK', '2026-01-02T00:00:00Z', 2.5, 2),
            ('SFO', '2026-01-01T00:00:00Z', null, 7);
        insert into sources.labels values
            (2, 'SFO', '2026-01-03T00:00:00Z', 0, '2026-01-03'),
            (1, 'JFK', '2026-01-01T12:00:00Z', 1, '2026-01-01');
        """;

    @Bean
    JdbcClient testTables(DataSource dataSource) {
        var jdbc = JdbcClient.create(dataSource);
        jdbc.sql(SCHEMA).update();
        return jdbc;
    }

    @Bean
    Clock testClock() {
        return Clock.systemUTC();
    }

    @Bean
    BackgroundLoops testLoops(MeterRegistry meters) {
        return new BackgroundLoops(meters, _ -> false);
    }

    @Bean
    HeavyWork testWork(BackgroundLoops loops) {
        return new HeavyWork(2, Duration.ofSeconds(10), Duration.ofSeconds(30), loops);
    }

    @Bean
    Registry testRegistry() {
        return new TestRegistry();
    }

    /** Fails on the way when a row's origin is {@code BROKEN}. */
    @Bean
    PointInTimeJoin testJoin() {
        return new PointInTimeJoin() {
            @Override
            public String sql(Query query) {
                throw new UnsupportedOperationException("Only datasets tell their SQL");
            }

            @Override
            public BlockJoin.Blocks blocks(Query query) {
                return rows -> {
                    var all = (BlockJoin.Rows.All) rows;
                    return """
                        select s.asof_ordinal%s, f.avg_delay + 0 * (1 / case when s.origin = 'BROKEN' then 0 else 1 end), f.flights
                        from %s s left join lateral (
                            select t.avg_delay, t.flights from features.delays t
                            where t.origin = s.origin and t.event_timestamp %s s."%s"
                            order by t.event_timestamp desc limit 1) f on true
                        where s.asof_ordinal between %s and %s
                        """.formatted(
                                    query.columns().stream()
                                            .map(column -> ", s.\"" + column + '"')
                                            .collect(Collectors.joining()),
                                    query.spine(),
                                    query.reading().strict() ? "<" : "<=",
                                    query.asOfColumn(),
                                    all.first(),
                                    all.last());
                };
            }

            @Override
            public BlockJoin.Blocks blocksWithTimestamps(Query query) {
                throw new UnsupportedOperationException("Only datasets ask for timestamps");
            }
        };
    }

    @TestComponent
    @RestControllerAdvice
    static class Problems {

        @ExceptionHandler
        ResponseEntity<Map<String, Object>> problem(AsofException e) {
            return ResponseEntity.status(e.code().status())
                    .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                    .body(Map.of(
                            "code", e.code().code(),
                            "detail", String.valueOf(e.getMessage()),
                            "violations", e.violations()));
        }
    }

    @Bean
    Problems problems() {
        return new Problems();
    }
}
