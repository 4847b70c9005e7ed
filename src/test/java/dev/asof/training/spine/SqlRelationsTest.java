package dev.asof.training.spine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.postgres.SqlText;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlRelationsTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        select label, labels from sources.tx                               | sources.tx
        select t.a, b.c from sources.tx t join "features"."B" b on true    | sources.tx features.b
        select a, b, c from x, only y, lateral (select z from q, r) w, v   | x y q r v
        select 1 from (a join b on a.x = b.x) join c using (x)             | a b c
        with l as (select * from tx), m as materialized (select 1 from l) select * from m, n | tx n
        select a from f(x, y), g where a in (b, c) group by d, e order by h, i | g
        select extract(day from ts) from labels where a in (select b from c) | labels c ts
        select 'from a' as x, $$ from b $$ as y -- from c                  | ''
        select (select max(a) from b), c from d union select e, f from g, h | b d g h
        table sources.labels                                               | sources.labels
        """)
    void relationsAreFoundWhereTheyStand(String sql, String expected) {
        assertThat(SqlRelations.in(SqlText.read(sql).tokens()))
                .isEqualTo(expected.isBlank() ? Set.of() : Set.of(expected.split(" ")));
    }
}
