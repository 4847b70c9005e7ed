package dev.asof.support;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import org.junit.jupiter.api.Test;

class TestStoresTest {

    @Test
    void newDatabasesDoNotSeeEachOther() throws Exception {
        var first = TestStores.newDatabase();
        var second = TestStores.newDatabase();

        assertThat(first.jdbcUrl()).isNotEqualTo(second.jdbcUrl());
        try (var connection = first.connect();
                var statement = connection.createStatement()) {
            statement.execute("create table t (a int)");
        }
        try (var connection = second.connect();
                var tables = connection.getMetaData().getTables(null, "public", "t", null)) {
            assertThat(tables.next()).isFalse();
        }
    }

    @Test
    void newRedisDatabasesDoNotSeeEachOther() {
        try (var first = RedisClient.create(TestStores.newRedisUri());
                var second = RedisClient.create(TestStores.newRedisUri());
                var a = first.connect();
                var b = second.connect()) {
            a.sync().set("k", "v");

            assertThat(a.sync().get("k")).isEqualTo("v");
            assertThat(b.sync().get("k")).isNull();
        }
    }
}
