package dev.asof.registry.catalog;

import dev.asof.registry.Definition;
import dev.asof.registry.EntityDefinition;
import dev.asof.registry.Expectation;
import dev.asof.registry.FeatureDefinition;
import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.FeatureDefinition.Bucketing;
import dev.asof.registry.FeatureDefinition.ColumnFeature;
import dev.asof.registry.FeatureDefinition.ExpressionFeature;
import dev.asof.registry.FeatureServiceDefinition;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.FeatureViewDefinition.ViewEntity;
import dev.asof.registry.Known;
import dev.asof.registry.Metadata;
import dev.asof.registry.OnDemandViewDefinition;
import dev.asof.registry.SourceColumn;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.TableOrigin;
import dev.asof.registry.TrainingDefaults;
import dev.asof.registry.reading.Scalars;
import dev.asof.shared.Durations;
import dev.asof.shared.EntityName;
import dev.asof.shared.FeatureServiceName;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ListType;
import dev.asof.shared.Names;
import dev.asof.shared.ScalarType;
import dev.asof.shared.SourceName;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import dev.asof.transform.window.AggregateFunction;
import dev.asof.transform.window.Hops;
import dev.asof.transform.window.Window;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Arbitrary definitions that the reader accepts. */
public final class DefinitionArbitraries {

    private static final long DAY = 86_400_000_000L;

    private DefinitionArbitraries() {}

    static Arbitrary<Definition> definitions() {
        return Arbitraries.oneOf(entities(), sources(), views(), onDemandViews(), services());
    }

    public static Arbitrary<EntityDefinition> entities() {
        var types = Arbitraries.of(ScalarType.class).filter(ScalarType::isKeyType);
        var keys = Combinators.combine(names(), types).as(EntityDefinition.JoinKey::new);
        return Combinators.combine(
                        names(),
                        keys.list().ofMinSize(1).ofMaxSize(4).uniqueElements(EntityDefinition.JoinKey::name),
                        metadata())
                .as((name, list, metadata) -> new EntityDefinition(new EntityName(name), list, metadata));
    }

    public static Arbitrary<SourceDefinition> sources() {
        var more = columns().list().ofMaxSize(5).uniqueElements(SourceColumn::name);
        return Combinators.combine(
                        names(), more, durations().optional(), texts().list().ofMaxSize(3), metadata())
                .flatAs((name, columns, after, tokens, metadata) -> {
                    var all = new ArrayList<>(columns);
                    all.add(SourceColumn.of("zz_ts", ScalarType.TIMESTAMP));
                    all.add(SourceColumn.of("zz_gone", ScalarType.BOOLEAN));
                    all.add(SourceColumn.of("zz_n", ScalarType.INT64));
                    all.add(SourceColumn.of("zz_x", ScalarType.FLOAT64));
                    all.add(SourceColumn.of("zz_f", ScalarType.FLOAT32));
                    all.add(SourceColumn.of("zz_t", ScalarType.STRING));
                    return Combinators.combine(
                                    expectations().list().ofMaxSize(3),
                                    Arbitraries.doubles().between(0, 1),
                                    Arbitraries.of(true, false))
                            .as((expectations, ratio, gone) -> new SourceDefinition(
                                    new SourceName(name),
                                    all,
                                    "zz_ts",
                                    after.isEmpty() && gone ? Optional.of("zz_ts") : Optional.empty(),
                                    after,
                                    gone ? Optional.of("zz_gone") : Optional.empty(),
                                    gone ? List.of("zz_t", "zz_n") : List.of(),
                                    tokens,
                                    expectations,
                                    ratio,
                                    after.orElse(SourceDefinition.DEFAULT_MAX_FUTURE_SKEW),
                                    metadata));
                })
                .flatMap(source -> origins(!source.rowId().isEmpty())
                        .optional()
                        .map(table -> new SourceDefinition(
                                source.name(),
                                table,
                                source.columns(),
                                source.eventTimestamp(),
                                source.knownTimestamp(),
                                source.knownAfter(),
                                source.tombstone(),
                                source.rowId(),
                                source.nullTokens(),
                                source.expectations(),
                                source.maxInvalidRatio(),
                                source.maxFutureSkew(),
                                source.metadata())));
    }

    private static Arbitrary<TableOrigin> origins(boolean hasRowId) {
        Arbitrary<TableOrigin.Relation> table =
                Combinators.combine(names(), names()).as(TableOrigin.Table::new);
        Arbitrary<TableOrigin.Relation> query = Arbitraries.of("select 1", "select a\nfrom b -- c", "select ';' as x")
                .map(TableOrigin.Query::new);
        return Combinators.combine(
                        Arbitraries.oneOf(table, query),
                        hasRowId ? Arbitraries.of(TableOrigin.Read.class) : Arbitraries.just(TableOrigin.Read.APPEND),
                        Arbitraries.of("0 5 * * *", "*/5 * * * MON-FRI").optional(),
                        names().optional())
                .as(TableOrigin::new);
    }

    static Arbitrary<FeatureViewDefinition> views() {
        var entities = Combinators.combine(
                        names(), Arbitraries.maps(names(), names()).ofMaxSize(2))
                .as((name, keys) -> new ViewEntity(new EntityName(name), keys));
        Arbitrary<FeatureDefinition> column =
                Combinators.combine(names(), names(), texts().optional()).as(ColumnFeature::new);
        Arbitrary<FeatureDefinition> expression = Combinators.combine(
                        names(), texts().filter(text -> !text.isBlank()), types().optional(), texts().optional())
                .as(ExpressionFeature::new);
        return Combinators.combine(
                        names(),
                        entities.list().ofMaxSize(3).uniqueElements(ViewEntity::entity),
                        names(),
                        durations().optional(),
                        Arbitraries.oneOf(column, expression, aggregates())
                                .list()
                                .ofMinSize(1)
                                .ofMaxSize(4),
                        Arbitraries.integers().greaterOrEqual(1),
                        metadata())
                .as((name, list, source, ttl, features, revision, metadata) -> new FeatureViewDefinition(
                        new FeatureViewName(name), list, new SourceName(source), ttl, features, revision, metadata));
    }

    /** Of every function, over windows with and without a tail, an offset and steps. */
    private static Arbitrary<FeatureDefinition> aggregates() {
        var inputs = Arbitraries.of(AggregateFunction.values())
                .flatMap(function -> Combinators.combine(
                                names(),
                                Arbitraries.integers().between(function == AggregateFunction.COUNT ? 0 : 1, 2),
                                texts().map(String::strip).filter(text -> !text.isEmpty()))
                        .as((column, kind, expression) -> new AggregateFeature(
                                "",
                                function,
                                kind == 1 ? Optional.of(column) : Optional.empty(),
                                kind == 2 ? Optional.of(expression) : Optional.empty(),
                                Optional.empty(),
                                Window.of(1, 1),
                                function.isSized() ? OptionalInt.of(column.length()) : OptionalInt.empty(),
                                function == AggregateFunction.APPROX_QUANTILE
                                        ? OptionalDouble.of(1.0 / column.length())
                                        : OptionalDouble.empty(),
                                kind == 2 && function.canBeBucketed()
                                        ? Optional.of(new Bucketing(column, column.length()))
                                        : Optional.empty(),
                                Optional.empty())));
        return Combinators.combine(
                        names().filter(name -> name.length() < 40 && !name.endsWith("_")),
                        inputs,
                        texts().map(String::strip)
                                .filter(text -> !text.isEmpty())
                                .optional(),
                        windows(),
                        texts().optional())
                .as((name, input, where, window, description) -> new AggregateFeature(
                        name,
                        input.function(),
                        input.column(),
                        input.expression(),
                        where,
                        input.by().isPresent() || input.function().isSized()
                                ? new Window(
                                        window.steps() > 1 ? window.length() / window.steps() : window.length(),
                                        window.hop(),
                                        window.offset(),
                                        1)
                                : window,
                        input.size(),
                        input.quantile(),
                        input.by(),
                        description));
    }

    private static Arbitrary<Window> windows() {
        var hops = Arbitraries.of("1s", "15s", "1m", "5m", "15m", "1h", "1d", "32d")
                .map(text -> Durations.parse(text).orElseThrow().toSeconds() * 1_000_000);
        return Combinators.combine(
                        hops,
                        Arbitraries.integers().between(1, 200),
                        Arbitraries.integers().between(0, 50),
                        Arbitraries.integers().between(1, 4),
                        Arbitraries.of(true, false, false))
                .as((hop, hopsLong, hopsBack, steps, unbounded) -> {
                    if (unbounded) {
                        return Window.of(Window.UNBOUNDED, DAY);
                    }
                    return new Window(hop * hopsLong * steps, hop, hop * hopsBack, steps);
                })
                .filter(window -> Hops.problems(window).isEmpty());
    }

    static Arbitrary<FeatureServiceDefinition> services() {
        var shortNames = names().filter(name -> name.length() < 25);
        var items = Combinators.combine(
                        names(),
                        Arbitraries.integers().between(1, 9999).optional(),
                        shortNames.optional(),
                        Arbitraries.maps(names(), names()).ofMaxSize(2),
                        shortNames.list().ofMaxSize(3).uniqueElements())
                .as((view, version, role, keys, features) -> new FeatureServiceDefinition.Item(
                        new FeatureViewName(view),
                        version.map(OptionalInt::of).orElse(OptionalInt.empty()),
                        role,
                        keys,
                        features));
        Arbitrary<Known> known = Arbitraries.oneOf(
                Arbitraries.of(new Known.Latest(), new Known.AsRecorded()),
                instants().map(Known.At::new));
        return Combinators.combine(
                        names(), items.list().ofMinSize(1).ofMaxSize(3), Arbitraries.of(true, false), known, metadata())
                .as((name, list, strict, at, metadata) -> new FeatureServiceDefinition(
                        new FeatureServiceName(name), list, new TrainingDefaults(strict, at), metadata));
    }

    static Arbitrary<OnDemandViewDefinition> onDemandViews() {
        var inputs = Combinators.combine(
                        names(), Arbitraries.integers().between(1, 99).optional(), names().optional())
                .as((view, version, feature) -> new FeatureServiceDefinition.Item(
                        new FeatureViewName(view),
                        version.map(OptionalInt::of).orElse(OptionalInt.empty()),
                        Optional.empty(),
                        Map.of(),
                        feature.stream().toList()));
        var request = Combinators.combine(names(), types(), texts().optional())
                .as(OnDemandViewDefinition.RequestValue::new)
                .list()
                .ofMaxSize(3)
                .uniqueElements(OnDemandViewDefinition.RequestValue::name);
        var features = Combinators.combine(
                        names(), texts().filter(text -> !text.isBlank()), types().optional(), texts().optional())
                .as(ExpressionFeature::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(3);
        return Combinators.combine(names(), inputs.list().ofMaxSize(3), request, features, metadata())
                .as((name, read, values, computed, metadata) ->
                        new OnDemandViewDefinition(new FeatureViewName(name), read, values, computed, metadata));
    }

    public static Arbitrary<Metadata> metadata() {
        return Combinators.combine(
                        texts().optional(),
                        texts().optional(),
                        Arbitraries.maps(texts(), texts()).ofMaxSize(3))
                .as(Metadata::new);
    }

    static Arbitrary<SourceColumn> columns() {
        return Combinators.combine(
                        names().map(name -> "c_" + name).filter(Names::isValid),
                        types(),
                        Arbitraries.of(true, false),
                        Arbitraries.of("UTC", "America/New_York", "+02:00")
                                .map(ZoneId::of)
                                .optional(),
                        Arbitraries.of(true, false),
                        texts().optional())
                .as((name, type, flag, zone, other, description) -> {
                    ScalarType scalar = type instanceof ListType list ? list.element() : (ScalarType) type;
                    boolean time = scalar == ScalarType.TIMESTAMP;
                    boolean isFloat = scalar == ScalarType.FLOAT32 || scalar == ScalarType.FLOAT64;
                    return new SourceColumn(
                            name,
                            type,
                            flag,
                            time ? zone : Optional.empty(),
                            time && other,
                            isFloat && other,
                            description);
                });
    }

    private static Arbitrary<Expectation> expectations() {
        Arbitrary<Expectation> between = Arbitraries.doubles()
                .map(bound -> new Expectation.Between("zz_x", Optional.of(bound), Optional.empty()));
        Arbitrary<Expectation> whole = Combinators.combine(
                        Arbitraries.longs().lessOrEqual(0), Arbitraries.longs().greaterOrEqual(0))
                .as((min, max) -> new Expectation.Between("zz_n", Optional.of(min), Optional.of(max)));
        Arbitrary<Expectation> texts =
                texts().list().ofMinSize(1).ofMaxSize(3).map(values -> new Expectation.In("zz_t", List.copyOf(values)));
        Arbitrary<Expectation> floats = Arbitraries.floats()
                .list()
                .ofMinSize(1)
                .ofMaxSize(3)
                .map(values -> new Expectation.In("zz_f", List.copyOf(values)));
        Arbitrary<Expectation> others = Arbitraries.of(
                new Expectation.Matches("zz_t", "[0-9]{2}\\d+|'\"x: #"),
                new Expectation.Unique(List.of("zz_t", "zz_n")));
        return Arbitraries.oneOf(between, whole, texts, floats, others);
    }

    static Arbitrary<ValueType> types() {
        return Combinators.combine(
                        Arbitraries.of(ScalarType.class),
                        Arbitraries.of(true, false),
                        Arbitraries.integers().between(1, 4096).optional())
                .as((scalar, isList, length) ->
                        isList ? length.map(size -> ListType.of(scalar, size)).orElse(ListType.of(scalar)) : scalar);
    }

    static Arbitrary<String> names() {
        return Combinators.combine(
                        Arbitraries.of("a", "no", "true", "null", "x1", "view", "on"),
                        Arbitraries.strings().withCharRange('a', 'z').numeric().ofMaxLength(8))
                .as((head, tail) -> tail.isEmpty() ? head : head + "_" + tail);
    }

    /** Texts that YAML might take for something else, and any others it can carry. */
    static Arbitrary<String> texts() {
        return Arbitraries.oneOf(
                        Arbitraries.of(
                                "", "NO", "true", "~", "null", "5", "0x1F", "1e3", ".nan", "<<", "=", "---", "..."),
                        Arbitraries.of(
                                "- a", "a: b", "# c", "\"", "'", "{}", "[", " lead", "trail ", "two\nlines", "tab\t"),
                        Arbitraries.of("😀", "\u0085", "\u2028", "\ufeffa", "a\ufeff"),
                        Arbitraries.strings().withCharRange(' ', '~').ofMaxLength(30),
                        Arbitraries.strings().withCharRange('\u0001', '\ud7ff').ofMaxLength(10))
                .filter(Scalars::isStorable);
    }

    private static Arbitrary<Duration> durations() {
        return Arbitraries.oneOf(
                Arbitraries.longs().between(1, 3_000_000_000L).map(Duration::ofSeconds),
                Arbitraries.longs().between(1, 3_000_000_000L).map(micros -> Duration.ofNanos(micros * 1_000)));
    }

    private static Arbitrary<Instant> instants() {
        return Arbitraries.longs()
                .between(-62_000_000_000_000_000L, 250_000_000_000_000_000L)
                .map(Timestamps::ofMicros);
    }
}
