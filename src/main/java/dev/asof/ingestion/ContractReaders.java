package dev.asof.ingestion;

import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;

/** Opens bodies as rows held to a source's contract. */
interface ContractReaders {

    /**
     * @param views live views of the source, whose keys must not be too long
     * @param now the time against which events are in the future (rule T2)
     */
    IncomingRows open(RowFormat format, InputStream body, RegisteredSource source, List<RegisteredView> views, Instant now);
}
