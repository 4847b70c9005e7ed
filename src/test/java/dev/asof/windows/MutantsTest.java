package dev.asof.windows;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.windows.WindowFaces.Question;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Whoever gets a rule wrong gives other answers to the cases of {@link WindowCases}: in how many is told. */
class MutantsTest {

    /** A rule that is easy to get wrong. */
    private enum Mutant {
        TAIL_A_HOP_EARLIER {
            @Override
            WindowOracle of(RandomHistory history, boolean hasRowId) {
                return new WindowOracle(history.events(), hasRowId) {
                    @Override
                    boolean stands(RawEvent row, OracleWindow window, long asOf, boolean strict) {
                        long length = window.length() == 0 ? 0 : window.length() + window.hop();
                        return new OracleWindow(length, window.hop(), window.offset(), window.steps())
                                .has(row.time(), asOf, strict);
                    }
                };
            }
        },
        TAIL_NOT_ALIGNED {
            @Override
            WindowOracle of(RandomHistory history, boolean hasRowId) {
                return new WindowOracle(history.events(), hasRowId) {
                    @Override
                    boolean stands(RawEvent row, OracleWindow window, long asOf, boolean strict) {
                        return super.stands(row, window, asOf, strict)
                                && (window.length() == 0
                                        || window.steps() > 0
                                        || row.time() >= asOf - window.offset() - window.length());
                    }
                };
            }
        },
        TAIL_LEFT_OUT {
            @Override
            WindowOracle of(RandomHistory history, boolean hasRowId) {
                return new WindowOracle(history.events(), hasRowId) {
                    @Override
                    boolean stands(RawEvent row, OracleWindow window, long asOf, boolean strict) {
                        return super.stands(row, window, asOf, strict)
                                && (window.length() == 0
                                        || row.time() > window.floor(asOf - window.offset() - window.length()));
                    }
                };
            }
        },
        HEAD_LEFT_OUT {
            @Override
            WindowOracle of(RandomHistory history, boolean hasRowId) {
                return new WindowOracle(history.events(), hasRowId) {
                    @Override
                    boolean stands(RawEvent row, OracleWindow window, long asOf, boolean strict) {
                        return super.stands(row, window, asOf, true);
                    }
                };
            }
        },
        HEAD_OF_OFFSETS_TAKEN_IN {
            @Override
            WindowOracle of(RandomHistory history, boolean hasRowId) {
                return new WindowOracle(history.events(), hasRowId) {
                    @Override
                    boolean stands(RawEvent row, OracleWindow window, long asOf, boolean strict) {
                        return super.stands(row, window, asOf, strict)
                                || window.offset() > 0
                                        && window.steps() == 0
                                        && row.time() == window.floor(asOf - window.offset());
                    }
                };
            }
        },
        ORDERED_BY_KNOWN_TIME {
            @Override
            WindowOracle of(RandomHistory history, boolean hasRowId) {
                return new WindowOracle(history.events(), hasRowId) {
                    @Override
                    Comparator<RawEvent> order() {
                        return Comparator.comparingLong(RawEvent::known).thenComparingLong(RawEvent::sequence);
                    }
                };
            }
        },
        TIES_BY_KNOWN_TIME {
            @Override
            WindowOracle of(RandomHistory history, boolean hasRowId) {
                return new WindowOracle(history.events(), hasRowId) {
                    @Override
                    Comparator<RawEvent> order() {
                        return Comparator.comparingLong(RawEvent::time)
                                .thenComparingLong(RawEvent::known)
                                .thenComparingLong(RawEvent::sequence);
                    }
                };
            }
        },
        ROW_ID_AFTER_THE_KEY {
            @Override
            WindowOracle of(RandomHistory history, boolean hasRowId) {
                return new WindowOracle(history.events(), hasRowId) {
                    @Override
                    boolean replaces(RawEvent other, RawEvent row, OracleWindow window, long asOf) {
                        return super.replaces(other, row, window, asOf)
                                && other.key().equals(row.key());
                    }
                };
            }
        },
        ROW_ID_AFTER_THE_WINDOW {
            @Override
            WindowOracle of(RandomHistory history, boolean hasRowId) {
                return new WindowOracle(history.events(), hasRowId) {
                    @Override
                    boolean replaces(RawEvent other, RawEvent row, OracleWindow window, long asOf) {
                        return super.replaces(other, row, window, asOf) && window.has(other.time(), asOf, false);
                    }
                };
            }
        },
        ROW_ID_AFTER_THE_TIME {
            @Override
            WindowOracle of(RandomHistory history, boolean hasRowId) {
                return new WindowOracle(history.events(), hasRowId) {
                    @Override
                    boolean replaces(RawEvent other, RawEvent row, OracleWindow window, long asOf) {
                        return super.replaces(other, row, window, asOf) && other.time() <= asOf;
                    }
                };
            }
        },
        CUT_IGNORED {
            @Override
            WindowOracle of(RandomHistory history, boolean hasRowId) {
                return new WindowOracle(history.events(), hasRowId) {
                    @Override
                    boolean cuts(RawEvent other, RawEvent row, long asOf, boolean strict) {
                        return false;
                    }
                };
            }
        },
        CUT_AT_A_STRICT_HEAD {
            @Override
            WindowOracle of(RandomHistory history, boolean hasRowId) {
                return new WindowOracle(history.events(), hasRowId) {
                    @Override
                    boolean cuts(RawEvent other, RawEvent row, long asOf, boolean strict) {
                        return super.cuts(other, row, asOf, false);
                    }
                };
            }
        },
        CUT_WITHOUT_THE_ORDER_OF_ACCEPTANCE {
            @Override
            WindowOracle of(RandomHistory history, boolean hasRowId) {
                return new WindowOracle(history.events(), hasRowId) {
                    @Override
                    boolean cuts(RawEvent other, RawEvent row, long asOf, boolean strict) {
                        return super.cuts(other, row, asOf, strict) && other.time() > row.time();
                    }
                };
            }
        };

        abstract WindowOracle of(RandomHistory history, boolean hasRowId);
    }

    @Test
    void everyMutantIsFound() {
        var found = new EnumMap<Mutant, Long>(Mutant.class);
        long cases = 0;
        for (long seed = 1; seed <= WindowCases.SEEDS; seed++) {
            cases += countDifferences(seed, found);
        }
        System.out.printf("Of %s answers mutants give others in %s%n", cases, found);
        assertThat(found)
                .containsOnlyKeys(Mutant.values())
                .allSatisfy((mutant, differences) ->
                        assertThat(differences).as("%s", mutant).isPositive());
    }

    private static long countDifferences(long seed, Map<Mutant, Long> found) {
        var cases = WindowCases.of(seed);
        var right = cases.oracle();
        var mutants = new EnumMap<Mutant, WindowOracle>(Mutant.class);
        for (Mutant mutant : Mutant.values()) {
            mutants.put(mutant, mutant.of(cases.history(), cases.view().hasRowId()));
        }
        long answers = 0;
        for (var question : cases.questions().stream().limit(16).toList()) {
            for (var reading : cases.readings()) {
                for (var feature : cases.view().features()) {
                    answers++;
                    var rows = right.inWindow(feature.aggregate().window(), question.key(), question.asOf(), reading);
                    mutants.forEach((mutant, wrong) -> {
                        boolean differs = differs(rows, right, wrong, feature.aggregate(), question, reading);
                        found.merge(mutant, differs ? 1L : 0L, Long::sum);
                    });
                }
            }
        }
        return answers;
    }

    private static boolean differs(
            List<RawEvent> rows,
            WindowOracle right,
            WindowOracle wrong,
            OracleAggregate aggregate,
            Question question,
            OracleReading reading) {
        return !rows.equals(wrong.inWindow(aggregate.window(), question.key(), question.asOf(), reading))
                && !right.answer(aggregate, question.key(), question.asOf(), reading)
                        .equals(wrong.answer(aggregate, question.key(), question.asOf(), reading));
    }
}
