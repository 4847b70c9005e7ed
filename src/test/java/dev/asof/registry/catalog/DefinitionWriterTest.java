package dev.asof.registry.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.registry.Definition;
import dev.asof.registry.reading.BundleReader;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import tools.jackson.databind.json.JsonMapper;

class DefinitionWriterTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Property(tries = 500)
    void whatIsWrittenAsYamlIsReadBackEqual(@ForAll("definitions") Definition definition) {
        assertReadsBack(definition, DefinitionWriter.toYaml(definition));
    }

    @Property(tries = 500)
    void whatIsWrittenAsJsonIsReadBackEqual(@ForAll("definitions") Definition definition) {
        assertReadsBack(definition, JSON.writeValueAsString(DefinitionWriter.toMap(definition)));
    }

    private static void assertReadsBack(Definition definition, String text) {
        var bundle = BundleReader.read(text);
        assertThat(bundle.violations().shown()).as(text).isEmpty();
        assertThat(bundle.definitions())
                .as(text)
                .extracting(ParsedDefinition::definition)
                .containsExactly(definition);
    }

    @Provide
    Arbitrary<Definition> definitions() {
        return DefinitionArbitraries.definitions();
    }
}
