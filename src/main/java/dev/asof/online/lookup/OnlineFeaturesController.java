package dev.asof.online.lookup;

import dev.asof.http.Int64Option;
import dev.asof.online.LookupRequest;
import dev.asof.online.OnlineProperties;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.Explode;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.enums.ParameterStyle;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Lookups over HTTP. */
@RestController
@RequestMapping(path = OnlineFeaturesController.PATH, produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "Online features")
class OnlineFeaturesController {

    public static final String PATH = "/api/v1/online-features";

    private static final String INCLUDE = "include";
    private static final String COLUMN_NAMES = "column_names";
    private static final Set<String> OPTIONS = Set.of(INCLUDE, COLUMN_NAMES, Int64Option.NAME);

    /** Up to so many bytes, room is made for a body before it is there. */
    private static final int SMALL_BODY = 64 << 10;

    private final PackedLookups lookups;
    private final int maxBody;

    OnlineFeaturesController(PackedLookups lookups, OnlineProperties properties) {
        this.lookups = lookups;
        this.maxBody = Math.toIntExact(properties.maxBody().toBytes());
    }

    @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
    @Operation(
            operationId = "getOnlineFeatures",
            summary = "Look up features of many entities",
            description = "All rows in one round trip to the online store. Each value has a status: PRESENT, "
                    + "NULL_VALUE, NOT_FOUND, OUTSIDE_MAX_AGE (older than the view's TTL), ERROR (its "
                    + "expression failed, or a sum doesn't fit its type) or TRUNCATED (an aggregate by keys, of which "
                    + "there are more than are kept). Aggregates of a key that is unknown or null are those of no "
                    + "rows: counts and sums are 0, lists are empty. An aggregate by keys is an object with `keys` and "
                    + "`values`, side by side. On-demand features are computed of what was read, at the time of the "
                    + "answer; they are ERROR also where something that they read is.",
            requestBody =
                    @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                                            schema = @Schema(implementation = LookupSchema.Request.class),
                                            examples = {
                                                @ExampleObject(name = "service", value = LookupSchema.REQUEST_EXAMPLE),
                                                @ExampleObject(
                                                        name = "on_demand",
                                                        summary = "On-demand features, with a value of the request",
                                                        value = LookupSchema.ON_DEMAND_REQUEST_EXAMPLE)
                                            })),
            responses =
                    @ApiResponse(
                            responseCode = "200",
                            description = "The values, in the order of the request's rows and the service's columns",
                            content =
                                    @Content(
                                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                                            schema = @Schema(implementation = LookupSchema.Answer.class),
                                            examples = @ExampleObject(LookupSchema.ANSWER_EXAMPLE))))
    public void lookup(
            @Parameter(
                            description = Int64Option.DESCRIPTION,
                            schema =
                                    @Schema(
                                            allowableValues = {"number", "string"},
                                            defaultValue = "number"))
                    @RequestParam(name = Int64Option.NAME, required = false)
                    @Nullable
                    String int64,
            @Parameter(hidden = true) HttpServletRequest request,
            @Parameter(hidden = true) HttpServletResponse response) {
        var problems = new Violations();
        boolean int64AsText = int64AsText(int64, problems);
        problems.throwIfAny(PackedLookups::codeOf);
        answer(LookupRequestReader.read(bytes(request), int64AsText), response);
    }

    @GetMapping("/{feature_service}")
    @Operation(
            operationId = "getOnlineFeaturesOfOne",
            summary = "Look up the features of one entity",
            description = "Query parameters are the join keys and request values, lists as JSON, beside `include`, "
                    + "`column_names` and `int64`. For nulls, or keys of those names, use POST.",
            responses =
                    @ApiResponse(
                            responseCode = "200",
                            description = "The values, as one row",
                            content =
                                    @Content(
                                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                                            schema = @Schema(implementation = LookupSchema.Answer.class),
                                            examples = @ExampleObject(LookupSchema.ANSWER_EXAMPLE))))
    void lookupOne(
            @Parameter(description = "`name` or `name@v3`", example = "delay_model") @PathVariable("feature_service")
                    String featureService,
            @Parameter(
                            name = "keys",
                            in = ParameterIn.QUERY,
                            description = "The join keys, and options",
                            style = ParameterStyle.FORM,
                            explode = Explode.TRUE,
                            schema =
                                    @Schema(
                                            type = "object",
                                            additionalProperties = Schema.AdditionalPropertiesValue.TRUE),
                            example = "{\"airport\": \"JFK\", \"include\": \"statuses\"}")
                    @RequestParam
                    MultiValueMap<String, String> parameters,
            @Parameter(hidden = true) HttpServletResponse response) {
        answer(asked(featureService, parameters), response);
    }

    private static LookupRequestReader.Asked asked(String featureService, MultiValueMap<String, String> parameters) {
        var problems = new Violations();
        var keys = new LinkedHashMap<String, @Nullable Object>();
        parameters.forEach((name, values) -> {
            if (values.size() > 1 && !name.equals(INCLUDE)) {
                problems.add(Violation.of(name, "repeated", "'%s' stands more than once".formatted(name)));
            } else if (!OPTIONS.contains(name)) {
                keys.put(name, values.getFirst());
            }
        });
        var included = LookupRequestReader.includes(includeNames(parameters), problems);
        boolean shortNames = LookupRequestReader.shortNames(parameters.getFirst(COLUMN_NAMES), problems);
        var form = new AnswerForm(
                included.contains(LookupRequestReader.STATUSES),
                included.contains(LookupRequestReader.EVENT_TIMESTAMPS),
                int64AsText(parameters.getFirst(Int64Option.NAME), problems));
        problems.throwIfAny(PackedLookups::codeOf);
        List<Map<String, @Nullable Object>> row = List.of(keys);
        return new LookupRequestReader.Asked(
                new LookupRequest(
                        Optional.of(featureService), List.of(), Optional.of(row), Optional.empty(), shortNames),
                form);
    }

    private static List<String> includeNames(MultiValueMap<String, String> parameters) {
        return parameters.getOrDefault(INCLUDE, List.of()).stream()
                .flatMap(names -> Arrays.stream(names.split(",")))
                .map(String::strip)
                .toList();
    }

    private static boolean int64AsText(@Nullable String asked, Violations problems) {
        Int64Option.problem(asked).ifPresent(problems::add);
        return Int64Option.isText(asked);
    }

    private byte[] bytes(HttpServletRequest request) {
        try (var body = request.getInputStream()) {
            int length = request.getContentLength();
            byte[] bytes = length >= 0 && length <= SMALL_BODY ? whole(body, length) : body.readNBytes(maxBody + 1);
            if (bytes.length > maxBody) {
                throw new AsofException(
                        ErrorCode.PAYLOAD_TOO_LARGE,
                        String.format(
                                Locale.ROOT, "The body of a lookup has at most %,d bytes; send it in parts", maxBody));
            }
            return bytes;
        } catch (IOException e) {
            throw new AsofException(ErrorCode.MALFORMED_REQUEST, "The body ended before it was complete", e);
        }
    }

    /** Into one array of the right size. */
    private static byte[] whole(InputStream body, int length) throws IOException {
        byte[] bytes = new byte[length];
        if (body.readNBytes(bytes, 0, length) < length) {
            throw new EOFException();
        }
        return bytes;
    }

    /** The bytes as they are: no converter has to be chosen for them, nor a copy made. */
    private void answer(LookupRequestReader.Asked asked, HttpServletResponse response) {
        var json = AnswerJson.write(lookups.look(asked.request()), asked.form());
        response.setContentType(MediaType.APPLICATION_JSON_VALUE);
        response.setContentLength(json.length());
        try {
            json.writeTo(response.getOutputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
