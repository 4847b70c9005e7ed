package dev.asof.training;

import dev.asof.registry.Metadata;
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
