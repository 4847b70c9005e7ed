package dev.asof.registry.planning;

import java.util.List;

/** What a definition changes for its readers, against the version before it. */
sealed interface Change {

    /** What changes, one sentence each. */
    List<String> reasons();

    /** Nothing: the meaning is the same. */
    record Same() implements Change {

        @Override
        public List<String> reasons() {
            return List.of();
        }
    }

    /** Only additions. */
    record Compatible(List<String> reasons) implements Change {
        public Compatible {
            reasons = List.copyOf(reasons);
        }
    }

    /** Something readers may rely on; the reasons name all that changes, one sentence each. */
    record Breaking(List<String> reasons) implements Change {
        public Breaking {
            reasons = List.copyOf(reasons);
        }
    }
}
