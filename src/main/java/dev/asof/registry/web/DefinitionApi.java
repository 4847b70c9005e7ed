package dev.asof.registry.web;

import dev.asof.http.Page;
import dev.asof.registry.DefinitionKind;
import dev.asof.registry.catalog.DefinitionWriter;
import dev.asof.registry.catalog.Selections;
import dev.asof.registry.planning.Plan;
import dev.asof.registry.planning.RegistryService;
import dev.asof.registry.reading.BundleReader;
import dev.asof.registry.web.DefinitionAnswers.ListAnswer;
import dev.asof.registry.web.DefinitionAnswers.PlanAnswer;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.HeavyWork;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;

/** What the controllers of all kinds have in common. */
@Component
class DefinitionApi {

    private static final MediaType YAML = new MediaType("application", "yaml", StandardCharsets.UTF_8);
    private static final MediaType TEXT = new MediaType("text", "plain", StandardCharsets.UTF_8);

    private static final String READING = "Reading the definitions";

    private final RegistryService registry;
    private final HeavyWork heavy;

    DefinitionApi(RegistryService registry, HeavyWork heavy) {
        this.registry = registry;
        this.heavy = heavy;
    }

    ResponseEntity<?> apply(byte[] body, boolean dryRun, boolean prune, @Nullable String accept) {
        var bundle = heavy.run(READING, () -> BundleReader.read(text(body)));
        var plan = registry.apply(bundle, dryRun, prune);
        return answer(plan, dryRun, accept, HttpStatus.OK);
    }

    ResponseEntity<?> put(DefinitionKind kind, String name, byte[] body, boolean dryRun, @Nullable String accept) {
        var bundle = heavy.run(READING, () -> BundleReader.readOne(kind, name, text(body)));
        var plan = registry.apply(bundle, dryRun, false);
        boolean created = !dryRun && plan.changes().stream().anyMatch(change -> change.action() == Plan.Action.CREATED);
        return answer(plan, dryRun, accept, created ? HttpStatus.CREATED : HttpStatus.OK);
    }

    ResponseEntity<?> delete(DefinitionKind kind, String name, boolean dryRun, @Nullable String accept) {
        return answer(registry.delete(kind, name, dryRun), dryRun, accept, HttpStatus.OK);
    }

    ResponseEntity<?> get(DefinitionKind kind, String reference, @Nullable String accept) {
        var catalog = registry.catalog();
        var parsed = Selections.serviceReference(reference)
                .orElse(new Selections.ServiceReference(reference, OptionalInt.empty()));
        var definition = catalog.get(kind, parsed.service());
        var version = parsed.version().isPresent()
                ? catalog.get(kind, parsed.service(), parsed.version().getAsInt())
                : definition.newest();
        return prefers(accept, YAML)
                ? ResponseEntity.ok().contentType(YAML).body(DefinitionWriter.toYaml(version.definition()))
                : json(HttpStatus.OK, DefinitionAnswers.of(definition, version));
    }

    ListAnswer list(
            DefinitionKind kind, DefinitionFilter filter, @Nullable Integer pageSize, @Nullable String pageToken) {
        var page = Page.of(pageSize, pageToken);
        var rest = page.after().isEmpty()
                ? registry.catalog().all(kind)
                : registry.catalog().all(kind).tailMap(page.after().get(), false);
        var found = rest.values().stream()
                .filter(definition -> filter.matches(definition.newest().definition()))
                .limit(page.size() + 1L)
                .toList();
        boolean more = found.size() > page.size();
        var items = found.subList(0, more ? page.size() : found.size());
        return new ListAnswer(
                items.stream()
                        .map(definition -> DefinitionAnswers.of(definition, definition.newest()))
                        .toList(),
                more ? Page.tokenAfter(items.getLast().name()) : null);
    }

    ListAnswer versions(DefinitionKind kind, String name) {
        var definition = registry.catalog().get(kind, name);
        return new ListAnswer(
                definition.versions().descendingMap().values().stream()
                        .map(version -> DefinitionAnswers.of(definition, version))
                        .toList(),
                null);
    }

    Map<String, Object> version(DefinitionKind kind, String name, int version) {
        var catalog = registry.catalog();
        return DefinitionAnswers.of(catalog.get(kind, name), catalog.get(kind, name, version));
    }

    private static ResponseEntity<?> answer(Plan plan, boolean dryRun, @Nullable String accept, HttpStatus status) {
        return prefers(accept, TEXT)
                ? ResponseEntity.status(status).contentType(TEXT).body(PlanText.of(plan, dryRun))
                : json(status, PlanAnswer.of(plan, dryRun));
    }

    private static <T> ResponseEntity<T> json(HttpStatus status, T body) {
        return ResponseEntity.status(status)
                .contentType(MediaType.APPLICATION_JSON)
                .body(body);
    }

    /** Whether the Accept header names this type, and JSON not before it. */
    private static boolean prefers(@Nullable String accept, MediaType type) {
        if (accept == null) {
            return false;
        }
        try {
            for (var candidate : MediaType.parseMediaTypes(accept)) {
                if (candidate.isConcrete() && candidate.equalsTypeAndSubtype(type)) {
                    return true;
                }
                if (candidate.includes(MediaType.APPLICATION_JSON)) {
                    return false;
                }
            }
            return false;
        } catch (InvalidMediaTypeException e) {
            throw new AsofException(ErrorCode.NOT_ACCEPTABLE, "The Accept header can't be read: " + accept, e);
        }
    }

    private static String text(byte[] body) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new AsofException(
                    ErrorCode.MALFORMED_REQUEST, "The definitions are not UTF-8 text; save them as UTF-8", List.of());
        }
    }
}
