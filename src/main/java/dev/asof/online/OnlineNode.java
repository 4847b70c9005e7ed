package dev.asof.online;

import java.util.Optional;

/**
 * A Redis process that holds rows, as it was found at one moment.
 *
 * @param name tells it from the others that are there at that moment
 * @param mark what its data says of itself; of another process when the data was copied
 * @param checkpoint what {@link OnlineNodes#checkpoint} left in its data
 */
public record OnlineNode(
        String name, String runId, String replicationId, Optional<NodeMark> mark, Optional<String> checkpoint) {

    /** Its own mark: empty when it has none, or that of the process whose data it is a copy of. */
    public Optional<NodeMark> ownMark() {
        return mark.filter(
                its -> its.runId().equals(runId) && its.replicationId().equals(replicationId));
    }
}
