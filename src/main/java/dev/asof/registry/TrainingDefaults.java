package dev.asof.registry;

/** What training requests for a feature service use unless they say otherwise. */
public record TrainingDefaults(boolean strict, Known known) {

    public static final TrainingDefaults NONE = new TrainingDefaults(false, new Known.Latest());
}
