package dev.asof.shared;

/** The name of a entity, in the form of {@link Names}. */
public record EntityName(String value) implements Comparable<EntityName> {

    public EntityName {
        Names.checked("entity", value);
    }

    @Override
    public int compareTo(EntityName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
