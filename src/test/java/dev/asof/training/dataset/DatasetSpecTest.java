package dev.asof.training.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.training.DatasetSpec;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** Specs are kept as JSON, those that older servers wrote too. */
class DatasetSpecTest {

    private static final String BEFORE_ON_DEMAND = """
        {"feature_service":"delay_model@v3","views":[{"view":"delays","version":2,"alias":"delays","key_columns":["origin"]}],
         "features":[{"view":0,"feature":"avg_delay"}],
         "definitions":[{"kind":"feature_view","name":"delays","version":2,"hash":"00"}],
         "as_of_column":"as_of","strict":true,"known":"latest","spine_columns":[{"name":"origin","type":"STRING"}],
         "spine_hash":"sha256:00","origin":{"kind":"rows"},
         "label":{"column":"late","sources":[]},"splits":[],"gap_rows":0,"fail_on_leakage":false,
         "leakage_thresholds":{"auc_warning":0.9,"auc_critical":0.98,"correlation_warning":0.9,"correlation_critical":0.98,
           "duplicate_share":0.1,"null_rate_difference":0.1}}
        """;

    @Test
    void specsOfBeforeOnDemandFeaturesAreReadAndWrittenAsTheyWere() {
        var spec = DatasetJson.read(BEFORE_ON_DEMAND, DatasetSpec.class);

        assertThat(spec.strict()).isTrue();
        var json = new JsonMapper();
        assertThat(json.readTree(DatasetJson.write(spec))).isEqualTo(json.readTree(BEFORE_ON_DEMAND));
    }
}
