package dev.asof.registry.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.RegistryTest;
import dev.asof.registry.RegistryTestSupport.Fixture;
import dev.asof.registry.planning.RegistryService;
import dev.asof.registry.reading.BundleReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Registries that earlier servers left: {@code registry/format-….json} is what they stored of a bundle. */
@RegistryTest
class StoredFormatTest {

    private static final String FILL = """
        insert into asof.definition overriding system value
        select * from jsonb_populate_recordset(null::asof.definition, :rows::jsonb -> 'definition');
        insert into asof.definition_version
            (id, kind, name, version, state, hash, breaking, spec, resolved, created_at)
            overriding system value
        select id, kind, name, version, state, hash, breaking, spec, resolved, created_at
        from jsonb_populate_recordset(null::asof.definition_version, :rows::jsonb -> 'definition_version');
        update asof.registry_revision set revision = revision + 1;
        """;

    @Autowired
    private RegistryService registry;

    @Autowired
    private Fixture fixture;

    @Autowired
    private JdbcClient jdbc;

    @Test
    void V1_theFirstFormatIsReadForEverAndTheSameBundleChangesNothing() throws InterruptedException {
        fixture.empty();
        jdbc.sql(FILL).param("rows", resource("format-1.json")).update();
        fixture.awaitRevision();
        String bundle = resource("format-1.yaml");

        assertThat(registry.catalog().unreadable().live()).isEmpty();
        assertThat(fixture.apply(bundle).summary()).isEqualTo("10 unchanged");
        assertThat(fixture.events()).isEmpty();
        BundleReader.read(bundle)
                .definitions()
                .forEach(parsed -> assertThat(registry.catalog()
                                .get(
                                        parsed.definition().kind(),
                                        parsed.definition().id())
                                .newest()
                                .definition())
                        .isEqualTo(parsed.definition()));
        assertThat(registry.current().service("fraud_model").columns()).hasSize(9);
        assertThat(registry.current()
                        .service("plain@v1")
                        .views()
                        .getFirst()
                        .view()
                        .evaluator())
                .isOne();
    }

    /** What servers of the first format wrote, they read too: in a rolling upgrade both are there. */
    @Test
    void V1_whatIsRewrittenIsStillReadByServersOfTheFirstFormat() throws InterruptedException {
        fixture.empty();
        String bundle = resource("format-1.yaml");
        String[] documents = bundle.split("feature_service", 2);
        fixture.apply(documents[0].substring(0, documents[0].lastIndexOf("---")));

        jdbc.sql("select kind, name, spec::text as spec from asof.definition_version")
                .query(row -> {
                    var kind = DefinitionKind.of(row.getString("kind")).orElseThrow();
                    var read = BundleReader.readOne(kind, row.getString("name"), row.getString("spec"));
                    assertThat(read.violations().shown())
                            .as(row.getString("spec"))
                            .isEmpty();
                    assertThat(read.definitions().getFirst().definition())
                            .isEqualTo(registry.catalog()
                                    .get(kind, row.getString("name"))
                                    .newest()
                                    .definition());
                });
    }

    private static String resource(String name) {
        try (var in = StoredFormatTest.class.getResourceAsStream("/registry/" + name)) {
            return new String(java.util.Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
