package dev.asof.registry.reading;

import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.shared.Durations;
import dev.asof.shared.HeavyWork;
import dev.asof.transform.window.Hops;
import dev.asof.transform.window.Hops.Problem;
import dev.asof.transform.window.TileLevel;
import dev.asof.transform.window.Window;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads the windows of an aggregate, with the hop that is written or comes by default (rules W1 and W5). */
final class WindowReader {

    static final List<String> FIELDS = List.of("window", "windows", "series", "offset", "hop");

    /** What a window's features are called after: ISO forms are no part of a name. */
    private static final Pattern IN_NAMES = Pattern.compile("\\d{1,9}[smhd]");

    private static final List<String> SERIES_FIELDS = List.of("step", "count");
    private static final int MAX_STEPS = 1_000;
    private static final int MAX_WINDOWS = 100;

    /** To suggest, the longest first. */
    private static final List<Duration> USUAL_HOPS = List.of(
            Duration.ofDays(1),
            Duration.ofHours(1),
            Duration.ofMinutes(15),
            Duration.ofMinutes(5),
            Duration.ofMinutes(1),
            Duration.ofSeconds(10),
            Duration.ofSeconds(1));

    /**
     * A window.
     *
     * @param suffix of the feature's name; empty for the only window of a feature
     */
    record NamedWindow(String suffix, Window window) {}

    private final Fields fields;
    private final Optional<Duration> viewHop;
    private boolean sound = true;

    private WindowReader(Fields fields, Optional<Duration> viewHop) {
        this.fields = fields;
        this.viewHop = viewHop;
    }

    /** Empty, and reported, when anything is wrong. */
    static Optional<List<NamedWindow>> read(Fields fields, Optional<Duration> viewHop) {
        var reader = new WindowReader(fields, viewHop);
        var windows = reader.read();
        return reader.sound && !windows.isEmpty() ? Optional.of(windows) : Optional.empty();
    }

    /** A field that says a hop, of a view or an aggregate; one that doesn't fit is reported. */
    static Optional<Duration> hop(Fields fields) {
        return fields.duration("hop", Duration.ofNanos(1)).filter(hop -> {
            boolean fits = isHop(hop);
            if (!fits) {
                fields.report(
                        "hop",
                        "bad_hop",
                        ("A hop is a second or more, and divides or is divided by each of 1m, 5m, 1h, 1d, 32d and"
                                        + " 1024d; %s is none: use one such as 10s, 1m, 5m, 15m, 1h, 6h, 1d or 8d")
                                .formatted(Durations.format(hop)));
            }
            return fits;
        });
    }

    private List<NamedWindow> read() {
        var given = Stream.of("window", "windows", "series").filter(fields::has).toList();
        var hop = hop(fields);
        var offset = fields.duration("offset", Duration.ofNanos(1));
        sound &= hop.isPresent() == fields.has("hop") && offset.isPresent() == fields.has("offset");
        if (given.size() != 1) {
            refuse(
                    given.isEmpty() ? "" : given.getLast(),
                    given.isEmpty() ? "missing_field" : "conflicting_fields",
                    ("An aggregate has exactly one of window, such as 24h or unbounded, windows, such as [1h, 24h], and"
                                    + " series, such as {step: 1h, count: 24}; here are %s")
                            .formatted(given.isEmpty() ? "none" : String.join(" and ", given)));
            return List.of();
        }
        return switch (given.getFirst()) {
            case "window" -> single(hop, offset);
            case "windows" -> several(hop, offset);
            default -> series(hop, offset);
        };
    }

    private List<NamedWindow> single(Optional<Duration> hop, Optional<Duration> offset) {
        if (fields.node("window")
                .flatMap(Scalars::text)
                .filter(AggregateFeature.UNBOUNDED::equals)
                .isPresent()) {
            return unbounded("", hop, offset);
        }
        return fields.duration("window", Duration.ofNanos(1))
                .map(length -> bounded("", "window", length, hop, offset))
                .orElse(List.of());
    }

    private List<NamedWindow> several(Optional<Duration> hop, Optional<Duration> offset) {
        var items = fields.items("windows");
        if (items.isEmpty() && !fields.isEmptyList("windows")) {
            // said already: it is no list
            return List.of();
        }
        if (items.isEmpty() || items.size() > MAX_WINDOWS) {
            refuse(
                    "windows",
                    items.isEmpty() ? "missing_field" : "too_many",
                    "List from 1 to %s windows, such as [1h, 24h]".formatted(MAX_WINDOWS));
            return List.of();
        }
        var before = new HashSet<String>();
        var windows = new ArrayList<NamedWindow>();
        for (var item : items) {
            String text = Scalars.text(item.node()).orElse("");
            boolean unbounded = text.equals(AggregateFeature.UNBOUNDED);
            var length = Optional.of(text)
                    .filter(form -> IN_NAMES.matcher(form).matches())
                    .flatMap(Durations::parse)
                    .filter(found -> !found.isZero() && found.compareTo(Fields.MAX_DURATION) <= 0);
            if (!unbounded && length.isEmpty()) {
                refuseAt(
                        item.path(),
                        "bad_duration",
                        ("Windows in a list give features their names, so each is a number of s, m, h or d up to 100"
                                        + " years, such as 24h, or unbounded, not %s")
                                .formatted(Scalars.describe(item.node())));
            } else if (!before.add(text)) {
                refuseAt(item.path(), "duplicate_window", "The window '%s' is listed twice: keep one".formatted(text));
            } else {
                windows.addAll(
                        unbounded
                                ? unbounded("_" + text, hop, offset)
                                : bounded("_" + text, "windows", length.get(), hop, offset));
            }
        }
        return windows;
    }

    private List<NamedWindow> unbounded(String suffix, Optional<Duration> hop, Optional<Duration> offset) {
        if (offset.isPresent()) {
            refuse("offset", "conflicting_fields", "A window of all time isn't moved back: leave the offset out");
            return List.of();
        }
        if (hop.isPresent() && suffix.isEmpty()) {
            refuse(
                    "hop",
                    "conflicting_fields",
                    "A hop aligns where a window begins, which one of all time doesn't: leave it out");
            return List.of();
        }
        return List.of(new NamedWindow(suffix, Window.of(Window.UNBOUNDED, TileLevel.DAY.micros())));
    }

    private List<NamedWindow> bounded(
            String suffix, String field, Duration length, Optional<Duration> hop, Optional<Duration> offset) {
        var aligned = hop.or(() -> viewHop).orElseGet(() -> defaultHop(length));
        if (length.compareTo(aligned) < 0) {
            refuse(
                    field,
                    "window_shorter_than_hop",
                    "The window %s is shorter than its hop %s: write a longer window, or a shorter hop%s"
                            .formatted(Durations.format(length), Durations.format(aligned), such(hopWithin(length))));
            return List.of();
        }
        return kept(suffix, field, micros(length), aligned, offset, 1);
    }

    private List<NamedWindow> series(Optional<Duration> hop, Optional<Duration> offset) {
        return fields.node("series")
                .flatMap(node -> Fields.of(node, fields.path("series"), fields.findings(), "A series", SERIES_FIELDS))
                .map(series -> series(series, hop, offset))
                .orElse(List.of());
    }

    private List<NamedWindow> series(Fields series, Optional<Duration> hop, Optional<Duration> offset) {
        series.require("step", "'step' is missing: how long each part of the series is, such as 1h");
        series.require("count", "'count' is missing: of how many steps the series is, such as 24");
        var step = series.duration("step", Duration.ofNanos(1));
        var count = series.integer("count", 2, MAX_STEPS);
        if (step.isEmpty() || count.isEmpty()) {
            return List.of();
        }
        if (step.get().multipliedBy(count.get()).compareTo(Fields.MAX_DURATION) > 0) {
            refuse(
                    "series",
                    "bad_duration",
                    "The steps of a series are together at most 100 years: give fewer or shorter ones");
            return List.of();
        }
        // not the view's: steps that begin between steps are made of many tiles
        var aligned = hop.orElse(step.get());
        if (!isHop(aligned)) {
            refuse(
                    "series",
                    "bad_hop",
                    "The step %s is no hop: give a hop that divides it%s"
                            .formatted(Durations.format(step.get()), such(hopDividing(step.get()))));
            return List.of();
        }
        if (!divides(aligned, step.get())) {
            refuse(
                    "series",
                    "bad_hop",
                    "The step %s is no multiple of the hop %s: steps begin on hops"
                            .formatted(Durations.format(step.get()), Durations.format(aligned)));
            return List.of();
        }
        return kept("", "series", micros(step.get()) * count.get(), aligned, offset, count.get());
    }

    private List<NamedWindow> kept(
            String suffix, String field, long length, Duration hop, Optional<Duration> offset, int steps) {
        if (offset.filter(back -> !isMultiple(back, hop)).isPresent()) {
            return List.of();
        }
        HeavyWork.goOn();
        var window =
                new Window(length, micros(hop), offset.map(WindowReader::micros).orElse(0L), steps);
        if (Hops.problems(window).contains(Problem.TOO_MANY_TILES)) {
            refuse(
                    field,
                    "too_many_tiles",
                    "The window %s with the hop %s is made of more than %s tiles: use a longer hop, %s"
                            .formatted(
                                    Durations.format(Duration.of(length, ChronoUnit.MICROS)),
                                    Durations.format(hop),
                                    Hops.MOST_TILES,
                                    steps == 1 ? "or a shorter window" : "or fewer steps"));
            return List.of();
        }
        return List.of(new NamedWindow(suffix, window));
    }

    private boolean isMultiple(Duration offset, Duration hop) {
        boolean multiple = divides(hop, offset);
        if (!multiple) {
            refuse(
                    "offset",
                    "bad_offset",
                    "The offset %s is no multiple of the window's hop %s: write another offset, or another hop%s"
                            .formatted(Durations.format(offset), Durations.format(hop), such(hopDividing(offset))));
        }
        return multiple;
    }

    private static boolean isHop(Duration hop) {
        var alone = Hops.problems(Window.of(micros(hop), micros(hop)));
        return !alone.contains(Problem.HOP_BELOW_A_SECOND) && !alone.contains(Problem.HOP_BETWEEN_LEVELS);
    }

    /** It stands in stored definitions, so that another rule changes no version. */
    private static Duration defaultHop(Duration window) {
        return Duration.of(Hops.defaultFor(micros(window)), ChronoUnit.MICROS);
    }

    private static Optional<Duration> hopDividing(Duration whole) {
        return USUAL_HOPS.stream().filter(hop -> divides(hop, whole)).findFirst();
    }

    private static Optional<Duration> hopWithin(Duration window) {
        return USUAL_HOPS.stream().filter(hop -> hop.compareTo(window) <= 0).findFirst();
    }

    private static String such(Optional<Duration> hop) {
        return hop.map(found -> ", such as hop: " + Durations.format(found)).orElse("");
    }

    private static boolean divides(Duration part, Duration whole) {
        return micros(whole) % micros(part) == 0;
    }

    private static long micros(Duration duration) {
        return TimeUnit.SECONDS.toMicros(duration.getSeconds()) + duration.getNano() / 1_000;
    }

    private void refuse(String field, String code, String message) {
        refuseAt(fields.path(field), code, message);
    }

    private void refuseAt(String path, String code, String message) {
        sound = false;
        fields.findings().add(path, code, message);
    }
}
