package dev.asof.online.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.online.row.TestViews;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Violation;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LookupErrorsTest extends LookupTestBase {

    @BeforeAll
    void define() {
        registry.addService(
                "cards",
                TestViews.view(
                        1,
                        "card",
                        Map.of("card_id", ScalarType.INT64),
                        Map.of("n", ScalarType.INT64),
                        Optional.empty()),
                TestViews.view(
                        2, "city", Map.of("city", ScalarType.STRING), Map.of("n", ScalarType.INT64), Optional.empty()));
    }

    @Test
    void aMissingKeyIsListedForEveryRow() {
        var failure = failure("{'feature_service':'cards','entities':[{'card_id':1},{'city':'x'},{}]}");

        assertThat(failure.code()).isEqualTo(ErrorCode.MISSING_KEY);
        assertThat(paths(failure))
                .containsExactly("entities[0].city", "entities[1].card_id", "entities[2].card_id", "entities[2].city");
    }

    @Test
    void aMissingKeyIsMissingWithoutEntitiesToo() {
        assertThat(paths(failure("{'feature_service':'cards'}"))).containsExactlyInAnyOrder("card_id", "city");
        assertThat(failure("{'feature_service':'cards','common':{'city':'x'}}").code())
                .isEqualTo(ErrorCode.MISSING_KEY);
    }

    @Test
    void atMostAHundredViolationsAreListed() {
        var failure = failure("{'feature_service':'cards','entities':[" + "{},".repeat(299) + "{}]}");

        assertThat(failure.violations()).hasSize(100);
        assertThat(failure.getMessage()).contains("599 more");
    }

    @Test
    void aWrongKeyTypeNamesEveryPlace() {
        var failure = failure("""
            {'feature_service':'cards','entities':[{'card_id':1,'city':'x'},{'card_id':'y','city':'x'},
             {'card_id':1.5,'city':'x'},{'card_id':[1],'city':{}}]}\
            """);

        assertThat(failure.code()).isEqualTo(ErrorCode.INVALID);
        assertThat(paths(failure))
                .containsExactlyInAnyOrder(
                        "entities[1].card_id", "entities[2].card_id", "entities[3].card_id", "entities[3].city");
    }

    @Test
    void aKeyBothInCommonAndInARowIs400() {
        var failure = failure("""
            {'feature_service':'cards','common':{'city':'x'},
             'entities':[{'card_id':1},{'card_id':1,'city':'x'}]}\
            """);

        assertThat(failure.code()).isEqualTo(ErrorCode.MALFORMED_REQUEST);
        assertThat(paths(failure)).containsExactly("entities[1].city");
    }

    @Test
    void anUnknownColumnSuggestsTheNearest() {
        var failure = failure("{'feature_service':'cards','entities':[{'card_id':1,'city':'x','citty':'y'}]}");

        assertThat(failure.code()).isEqualTo(ErrorCode.INVALID);
        assertThat(failure.violations().getFirst().suggestions()).containsExactly("city");
    }

    @Test
    void anUnknownFieldSuggestsTheNearest() {
        var failure = failure("{'feature_servce':'cards','feature_service':'cards'}");

        assertThat(failure.code()).isEqualTo(ErrorCode.INVALID);
        assertThat(failure.violations().getFirst().suggestions()).containsExactly("feature_service");
    }

    @Test
    void aKeyOverAKilobyteIsRefused() {
        var failure = failure(
                "{'feature_service':'cards','entities':[{'card_id':1,'city':'%s'}]}".formatted("x".repeat(6_000)));

        assertThat(failure.code()).isEqualTo(ErrorCode.INVALID);
        assertThat(paths(failure)).containsExactly("entities[0].city");
    }

    @Test
    void aNulCharacterIsRefused() {
        var failure = failure("{'feature_service':'cards','entities':[{'card_id':1,'city':'a\\u0000b'}]}");

        assertThat(failure.code()).isEqualTo(ErrorCode.INVALID);
    }

    @Test
    void aHalfSurrogateIsRefused() {
        var failure = failure("{'feature_service':'cards','entities':[{'card_id':1,'city':'\\ud800'}]}");

        assertThat(failure.code()).isEqualTo(ErrorCode.INVALID);
    }

    @Test
    void malformedJsonNamesLineAndColumn() {
        var failure = failure("{'feature_service':'cards',\n 'entities':[{'card_id':1,}]}");

        assertThat(failure.code()).isEqualTo(ErrorCode.MALFORMED_REQUEST);
        assertThat(failure.getMessage()).contains("line 2, column");
        assertThat(failure.violations().getFirst().line()).isEqualTo(2);
    }

    @Test
    void whatIsNotOneJsonObjectIsMalformed() {
        var bodies = List.of("", "[]", "null", "{'a'", "{'feature_service':'cards'} x", "{'common':{'a':1,'a':2}}");
        for (String body : bodies) {
            assertThat(failure(body).code()).describedAs(body).isEqualTo(ErrorCode.MALFORMED_REQUEST);
        }
    }

    @Test
    void everyMisshapenFieldIsListed() {
        var failure = failure("""
            {'feature_service':3,'entities':[1,{}],'common':[],'include':['status'],'column_names':'tiny'}\
            """);

        assertThat(failure.code()).isEqualTo(ErrorCode.INVALID);
        assertThat(paths(failure))
                .containsExactlyInAnyOrder("feature_service", "entities[0]", "common", "include", "column_names");
        assertThat(failure("{'features':'x:y'}").code()).isEqualTo(ErrorCode.INVALID);
    }

    @Test
    void eitherAServiceOrFeatures() {
        assertThat(failure("{}").code()).isEqualTo(ErrorCode.INVALID);
        assertThat(failure("{'feature_service':'cards','features':['card:n']}").code())
                .isEqualTo(ErrorCode.INVALID);
    }

    @Test
    void shortNamesThatCollideAre400() {
        var failure = failure("{'feature_service':'cards','entities':[],'column_names':'short'}");

        assertThat(failure.code()).isEqualTo(ErrorCode.MALFORMED_REQUEST);
        assertThat(failure.getMessage()).contains("city__n");
    }

    @Test
    void tooManyRowsAreRefused() {
        var failure = failure("{'feature_service':'cards','entities':[" + "{},".repeat(1_000) + "{}]}");

        assertThat(failure.code()).isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE);
        assertThat(failure.getMessage()).contains("1,000").contains("1,001");
    }

    @Test
    void anUnknownServiceIsNotFound() {
        assertThat(failure("{'feature_service':'crads'}").code()).isEqualTo(ErrorCode.NOT_FOUND);
    }

    private static List<String> paths(AsofException failure) {
        return failure.violations().stream().map(Violation::path).toList();
    }
}
