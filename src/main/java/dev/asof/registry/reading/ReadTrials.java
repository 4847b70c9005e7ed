package dev.asof.registry.reading;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.OnDemandTrial;
import dev.asof.registry.OnDemandTrials;
import dev.asof.registry.planning.RegistryService;
import dev.asof.registry.planning.TrialPlanner;
import dev.asof.shared.HeavyWork;
import org.springframework.stereotype.Component;

/** Reads what is tried as definitions are read. */
@Component
class ReadTrials implements OnDemandTrials {

    private final RegistryService registry;
    private final HeavyWork heavy;

    ReadTrials(RegistryService registry, HeavyWork heavy) {
        this.registry = registry;
        this.heavy = heavy;
    }

    @Override
    public OnDemandTrial resolve(String definition) {
        var catalog = registry.catalog();
        return heavy.run("Trying the expression", () -> {
            var bundle = BundleReader.readOne(DefinitionKind.ON_DEMAND_FEATURE_VIEW, TrialPlanner.NAME, definition);
            return TrialPlanner.plan(catalog, bundle);
        });
    }
}
