package dev.asof.registry.catalog;

import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureServiceDefinition.Item;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.Names;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The references that ask for a {@link FeatureSelection}. */
public final class Selections {

    private static final Pattern FEATURE =
            Pattern.compile("(?<view>[^:@]+)(?:@v(?<version>[1-9]\\d{0,8}))?:(?<feature>[^:@]+)");
    private static final Pattern SERVICE = Pattern.compile("(?<service>[^:@]+)(?:@v(?<version>[1-9]\\d{0,8}))?");

    /** {@code name} or {@code name@v3}. */
    public record ServiceReference(String service, OptionalInt version) {}

    private Selections() {}

    /** Reads {@code view:feature}, {@code view:*} or {@code view@v2:feature}; empty when it has another form. */
    static Optional<Item> featureReference(String reference) {
        var matcher = FEATURE.matcher(reference);
        if (!matcher.matches() || !Names.isValid(matcher.group("view"))) {
            return Optional.empty();
        }
        String feature = matcher.group("feature");
        return Optional.of(new Item(
                new FeatureViewName(matcher.group("view")),
                version(matcher.group("version")),
                Optional.empty(),
                Map.of(),
                feature.equals("*") ? List.of() : List.of(feature)));
    }

    /** Empty when the reference has another form. */
    public static Optional<ServiceReference> serviceReference(String reference) {
        var matcher = SERVICE.matcher(reference);
        return matcher.matches()
                ? Optional.of(new ServiceReference(matcher.group("service"), version(matcher.group("version"))))
                : Optional.empty();
    }

    private static OptionalInt version(@Nullable String digits) {
        return digits == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(digits));
    }
}
