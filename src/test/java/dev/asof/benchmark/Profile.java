package dev.asof.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;

/** Where the time of a measurement goes: processor time by process, and the methods on top of the server's stacks. */
final class Profile {

    private static final int FRAMES = 15;

    private final Recording recording = new Recording();
    private final long begin = System.nanoTime();
    private final Map<String, Duration> before = processorTime();
    private Map<String, Duration> spent = Map.of();
    private double seconds;

    static Profile start() {
        var profile = new Profile();
        profile.recording.enable("jdk.ExecutionSample").withPeriod(Duration.ofMillis(10));
        profile.recording.start();
        return profile;
    }

    void stop() {
        recording.stop();
        seconds = (System.nanoTime() - begin) / 1e9;
        var after = processorTime();
        spent = after.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        each -> each.getValue().minus(before.getOrDefault(each.getKey(), Duration.ZERO))));
    }

    /** Of this JVM and of all it started, by command. Processes that ended meanwhile are not counted. */
    private static Map<String, Duration> processorTime() {
        var times = new HashMap<String, Duration>();
        var self = ProcessHandle.current();
        times.put("server and client (JVM)", self.info().totalCpuDuration().orElse(Duration.ZERO));
        self.descendants()
                .filter(process -> process.info()
                        .command()
                        .filter(command -> command.contains("postgres") || command.contains("redis"))
                        .isPresent())
                .forEach(process -> times.merge(
                        process.info().command().orElse("").contains("redis") ? "Redis" : "Postgres",
                        process.info().totalCpuDuration().orElse(Duration.ZERO),
                        Duration::plus));
        return times;
    }

    /** @param rows what the processor time is divided by */
    void print(long rows) throws IOException {
        spent.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(each -> System.out.printf(
                        "  %-26s %5.2f cores, %5.2f µs of processor time a row%n",
                        each.getKey(),
                        each.getValue().toMillis() / 1e3 / seconds,
                        each.getValue().toMillis() * 1e3 / rows));
        Path file = Files.createTempFile("benchmark", ".jfr");
        recording.dump(file);
        recording.close();
        var top = new HashMap<String, Integer>();
        int samples = 0;
        for (var event : RecordingFile.readAllEvents(file)) {
            if (event.getStackTrace() != null
                    && !event.getStackTrace().getFrames().isEmpty()) {
                var method = event.getStackTrace().getFrames().getFirst().getMethod();
                top.merge(method.getType().getName() + "." + method.getName(), 1, Integer::sum);
                samples++;
            }
        }
        Files.delete(file);
        int total = samples;
        top.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .limit(FRAMES)
                .forEach(each -> System.out.printf("  %5.1f %%  %s%n", 100.0 * each.getValue() / total, each.getKey()));
    }
}
