package dev.asof.registry.catalog;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.VersionState;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import org.postgresql.util.PGobject;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.convert.converter.Converter;
import org.springframework.data.convert.ReadingConverter;
import org.springframework.data.convert.WritingConverter;
import org.springframework.data.jdbc.core.convert.JdbcCustomConversions;
import org.springframework.data.jdbc.core.dialect.JdbcDialect;

/** The registry's settings, and how its records are written to Postgres: JSON as {@code jsonb}, enums in lower case. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RegistryProperties.class)
class RegistryConfiguration {

    @Bean
    JdbcCustomConversions jdbcCustomConversions(JdbcDialect dialect) {
        return JdbcCustomConversions.of(
                dialect,
                List.of(
                        JsonWriter.INSTANCE,
                        JsonReader.INSTANCE,
                        KindWriter.INSTANCE,
                        KindReader.INSTANCE,
                        StateWriter.INSTANCE,
                        StateReader.INSTANCE));
    }

    @WritingConverter
    enum JsonWriter implements Converter<Json, PGobject> {
        INSTANCE;

        @Override
        public PGobject convert(Json json) {
            var value = new PGobject();
            value.setType("jsonb");
            try {
                value.setValue(json.text());
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
            return value;
        }
    }

    @ReadingConverter
    enum JsonReader implements Converter<PGobject, Json> {
        INSTANCE;

        @Override
        public Json convert(PGobject value) {
            return new Json(String.valueOf(value.getValue()));
        }
    }

    @WritingConverter
    enum KindWriter implements Converter<DefinitionKind, String> {
        INSTANCE;

        @Override
        public String convert(DefinitionKind kind) {
            return kind.yamlName();
        }
    }

    @ReadingConverter
    enum KindReader implements Converter<String, DefinitionKind> {
        INSTANCE;

        @Override
        public DefinitionKind convert(String text) {
            return DefinitionKind.valueOf(text.toUpperCase(Locale.ROOT));
        }
    }

    @WritingConverter
    enum StateWriter implements Converter<VersionState, String> {
        INSTANCE;

        @Override
        public String convert(VersionState state) {
            return state.name().toLowerCase(Locale.ROOT);
        }
    }

    @ReadingConverter
    enum StateReader implements Converter<String, VersionState> {
        INSTANCE;

        @Override
        public VersionState convert(String text) {
            return VersionState.valueOf(text.toUpperCase(Locale.ROOT));
        }
    }
}
