package dev.asof.training.dataset;

import dev.asof.registry.Metadata;
import dev.asof.training.DatasetSpec;
import dev.asof.training.LeakageThresholds;
import dev.asof.training.SpineInput;
import dev.asof.training.TrainingQuery;
import java.util.Optional;

/** A checked request for a dataset, whose spine has yet to be read. */
record DatasetPlan(
        String name,
        Metadata metadata,
        TrainingQuery query,
        SpineInput spine,
        DatasetSpec.Label label,
        Optional<SplitPlan> splits,
        boolean failOnLeakage,
        LeakageThresholds thresholds) {}
