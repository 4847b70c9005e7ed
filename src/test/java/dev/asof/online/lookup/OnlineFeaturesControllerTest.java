package dev.asof.online.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.online.OnlineProperties;
import dev.asof.online.redis.RedisInService;
import dev.asof.online.row.TestViews;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.ScalarType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.util.unit.DataSize;

class OnlineFeaturesControllerTest extends LookupTestBase {

    private static final OnlineProperties SMALL = RedisInService.properties(10, DataSize.ofKilobytes(1));

    private MockMvcTester http;

    @BeforeAll
    void define() {
        registry.addService(
                "airports",
                TestViews.view(
                        1,
                        "airport",
                        Map.of("origin", ScalarType.STRING),
                        Map.of("n", ScalarType.INT64),
                        Optional.empty()));
        registry.addService(
                "years",
                TestViews.view(
                        2, "year", Map.of("year", ScalarType.INT32), Map.of("n", ScalarType.INT64), Optional.empty()));
        http = MockMvcTester.of(new OnlineFeaturesController(lookups, SMALL));
    }

    @BeforeEach
    void fill() {
        empty();
        write(registry.service("airports").views().getFirst().view(), List.of("JFK"), NOW, 5L);
        write(registry.service("years").views().getFirst().view(), List.of(2001), NOW, 6L);
    }

    @Test
    void manyEntitiesArePosted() {
        assertThat(http.post()
                        .uri("/api/v1/online-features?int64=string")
                        .contentType(MediaType.APPLICATION_JSON)
                        .content("{\"feature_service\":\"airports\",\"entities\":[{\"origin\":\"JFK\"}]}"))
                .hasStatusOk()
                .hasContentType(MediaType.APPLICATION_JSON)
                .bodyJson()
                .extractingPath("$.rows[0].values[0]")
                .isEqualTo("5");
    }

    @Test
    void oneEntityIsAskedForInTheAddress() {
        assertThat(http.get().uri("/api/v1/online-features/airports?origin=JFK&include=statuses,event_timestamps"))
                .hasStatusOk()
                .bodyJson()
                .extractingPath("$.rows[0].statuses[0]")
                .isEqualTo("PRESENT");
        assertThat(http.get().uri("/api/v1/online-features/years@v1?year=2001&column_names=short"))
                .hasStatusOk()
                .bodyJson()
                .isLenientlyEqualTo("{\"columns\":[\"n\"],\"rows\":[{\"values\":[6]}]}");
    }

    @Test
    void aKeyInTheAddressIsConvertedByItsType() {
        assertFailure("/api/v1/online-features/years?year=many", ErrorCode.INVALID);
        assertFailure("/api/v1/online-features/years", ErrorCode.MISSING_KEY);
        assertFailure("/api/v1/online-features/years?year=1&year=2", ErrorCode.INVALID);
        assertFailure("/api/v1/online-features/years?year=1&include=all", ErrorCode.INVALID);
        assertFailure("/api/v1/online-features/years?year=1&int64=text", ErrorCode.INVALID);
    }

    @Test
    void aBodyThatIsTooLargeIsRefused() {
        assertThat(http.post()
                        .uri("/api/v1/online-features")
                        .contentType(MediaType.APPLICATION_JSON)
                        .content(" ".repeat(1_025)))
                .failure()
                .rootCause()
                .asInstanceOf(InstanceOfAssertFactories.type(AsofException.class))
                .extracting(AsofException::code)
                .isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE);
    }

    private void assertFailure(String uri, ErrorCode code) {
        assertThat(http.get().uri(uri))
                .failure()
                .rootCause()
                .asInstanceOf(InstanceOfAssertFactories.type(AsofException.class))
                .extracting(AsofException::code)
                .isEqualTo(code);
    }
}
