package dev.asof.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Names of tasks, which servers of other versions read and write beside this one. */
class JobKindTest {

    private static JobKind kind(boolean isResumable) {
        return new JobKind(
                "digging",
                "asof.digging",
                isResumable,
                "holes = 0",
                new JobKind.Listing("garden", "garden", "null::integer", "holes", "null::bigint", "'/gardens/' || id"),
                new JobKind.Tasks("asof.scheduled_tasks", "digging"));
    }

    @Test
    void aTaskIsNamedByTheJobAloneUnlessThatCanBeResumed() {
        assertThat(kind(false).instance(JobRun.only(17))).isEqualTo("17");
        assertThat(kind(true).instance(new JobRun(17, 3))).isEqualTo("17.3");
    }

    @Test
    void aTasksNameTellsItsRun() {
        assertThat(kind(false).run("17")).isEqualTo(new JobRun(17, 1));
        assertThat(kind(true).run("17.3")).isEqualTo(new JobRun(17, 3));
    }
}
