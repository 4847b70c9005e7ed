package dev.asof.online.lookup;

import dev.asof.online.LookupRequest;
import dev.asof.registry.RegistrySnapshot;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The templates of one snapshot of the registry, each made when first asked for; gone with the snapshot. */
final class LookupTemplates {

    /** Features can be listed in endless combinations, of which the first are kept. */
    private static final int MOST_LISTS = 1_000;

    private final RegistrySnapshot snapshot;
    private final Map<String, LookupTemplate> ofServices = new ConcurrentHashMap<>();
    private final Map<List<String>, LookupTemplate> ofLists = new ConcurrentHashMap<>();

    LookupTemplates(RegistrySnapshot snapshot) {
        this.snapshot = snapshot;
    }

    RegistrySnapshot snapshot() {
        return snapshot;
    }

    /** @throws dev.asof.shared.AsofException when the snapshot has not what is asked for */
    LookupTemplate template(LookupRequest request) {
        return request.featureService().map(this::ofService).orElseGet(() -> ofList(request.features()));
    }

    private LookupTemplate ofService(String reference) {
        var known = ofServices.get(reference);
        return known != null
                ? known
                : ofServices.computeIfAbsent(reference, it -> new LookupTemplate(snapshot.service(it)));
    }

    private LookupTemplate ofList(List<String> references) {
        var known = ofLists.get(references);
        if (known != null) {
            return known;
        }
        var made = new LookupTemplate(snapshot.features(references));
        if (ofLists.size() < MOST_LISTS) {
            ofLists.put(List.copyOf(references), made);
        }
        return made;
    }
}
