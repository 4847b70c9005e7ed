package dev.asof.online;

/**
 * The place of what somebody read in Postgres among all that is brought online: the greater one holds all that the smaller
 * one does. To be taken after the commit of what is to go online, and before it is read.
 *
 * @param generation of the offline store, of {@link NodeMark#generation()}
 * @param number from one sequence; greater ones win within a generation
 */
public record Publication(long generation, long number) implements Comparable<Publication> {

    public Publication {
        if (generation < 0 || number < 0) {
            throw new IllegalArgumentException("No publication: %s, %s".formatted(generation, number));
        }
    }

    @Override
    public int compareTo(Publication other) {
        return generation != other.generation
                ? Long.compare(generation, other.generation)
                : Long.compare(number, other.number);
    }
}
