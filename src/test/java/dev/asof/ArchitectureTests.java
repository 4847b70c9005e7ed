package dev.asof;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import dev.asof.shared.BackgroundLoop;
import dev.asof.shared.ProducerThread;
import dev.planted.upper.Careless;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.Clock;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.Timer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.BaseStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.repository.Repository;
import org.springframework.web.bind.annotation.RestController;

/** Rules about code that neither the compiler nor the module graph knows, each with a class that breaks it. */
class ArchitectureTests {

    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.asof");

    /** Calls that ask the machine for the time rather than a {@link Clock} that tests can set. */
    private static final DescribedPredicate<JavaCall<?>> READS_THE_MACHINES_CLOCK =
            DescribedPredicate.describe("that reads the machine's clock", call -> {
                String name = call.getName();
                JavaClass owner = call.getTargetOwner();
                boolean givenClock = call.getTarget().getRawParameterTypes().stream()
                        .anyMatch(type -> type.isEquivalentTo(Clock.class));
                return name.equals("currentTimeMillis")
                        || (owner.getPackageName().equals("java.time") && name.equals("now") && !givenClock)
                        || (owner.isEquivalentTo(Clock.class) && (name.startsWith("system") || name.startsWith("tick")))
                        || (owner.isEquivalentTo(Date.class)
                                && name.equals("<init>")
                                && call.getTarget().getRawParameterTypes().isEmpty());
            });

    private static final Set<String> OF_THE_PLACE =
            Set.of("java.util.Locale.getDefault", "java.util.TimeZone.getDefault", "java.time.ZoneId.systemDefault");

    private static final Set<String> WITHOUT_A_LOCALE = Set.of(
            "java.lang.String.toLowerCase",
            "java.lang.String.toUpperCase",
            "java.text.Collator.getInstance",
            "java.text.DecimalFormat.<init>",
            "java.text.MessageFormat.<init>",
            "java.text.MessageFormat.format",
            "java.text.SimpleDateFormat.<init>",
            "java.time.format.DateTimeFormatter.ofPattern",
            "java.util.Formatter.<init>",
            "java.util.Scanner.<init>");

    /** Calls that answer otherwise in another country. What is formatted by a pattern is Error Prone's to find. */
    private static final DescribedPredicate<JavaCall<?>> ASKS_WHERE_THE_MACHINE_IS =
            DescribedPredicate.describe("that depends on the machine's language or zone", call -> {
                String owner = call.getTargetOwner().getFullName();
                String called = owner + "." + call.getName();
                boolean isTold = call.getTarget().getRawParameterTypes().stream()
                        .anyMatch(type -> type.isEquivalentTo(Locale.class)
                                || type.getName().equals("java.text.DecimalFormatSymbols"));
                return OF_THE_PLACE.contains(called)
                        || !isTold
                                && (WITHOUT_A_LOCALE.contains(called)
                                        || owner.equals("java.text.NumberFormat")
                                                && call.getName().startsWith("get"));
            });

    /** Columns as classes of another range, or in the JVM's zone; {@code PostgresType} reads them as they are. */
    private static final DescribedPredicate<JavaCall<?>> READS_A_COLUMN_AS_SOMETHING_ELSE =
            DescribedPredicate.describe("that reads a column as what it isn't", call -> {
                boolean isColumn = call.getTargetOwner().isAssignableTo(ResultSet.class)
                        && (Set.of("getArray", "getTimestamp", "getDate", "getTime")
                                        .contains(call.getName())
                                || (call.getName().equals("getObject")
                                        && call.getTarget()
                                                        .getRawParameterTypes()
                                                        .size()
                                                == 1));
                return isColumn || call.getTargetOwner().isAssignableTo(Array.class);
            });

    /** Calls that begin a thread, or make what begins some. */
    private static final DescribedPredicate<JavaCall<?>> BEGINS_A_THREAD =
            DescribedPredicate.describe("that begins a thread", call -> {
                String name = call.getName();
                JavaClass owner = call.getTargetOwner();
                return (owner.isAssignableTo(Thread.class)
                                && Set.of("<init>", "start", "startVirtualThread", "ofPlatform", "ofVirtual")
                                        .contains(name))
                        || (owner.isAssignableTo(Executor.class) && name.equals("<init>"))
                        || owner.isEquivalentTo(Executors.class)
                        || owner.isAssignableTo(Timer.class)
                        || (owner.isEquivalentTo(CompletableFuture.class) && name.endsWith("Async"))
                        || (owner.isEquivalentTo(ForkJoinPool.class) && name.equals("commonPool"))
                        || name.equals("parallelStream")
                        || (owner.isAssignableTo(BaseStream.class) && name.equals("parallel"));
            });

    private static final DescribedPredicate<JavaCall<?>> MAKES_A_TEMPORARY_FILE = DescribedPredicate.describe(
            "that makes a temporary file", call -> call.getName().startsWith("createTemp"));

    /** Every package is a slice of its own, a module's root among them. */
    private static final SliceAssignment PACKAGES = new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            return SliceIdentifier.of(type.getPackageName());
        }

        @Override
        public String getDescription() {
            return "packages";
        }
    };

    private enum Rule {
        VALUES_OF_POSTGRES_ARE_READ_AS_THEY_ARE(
                noClasses()
                        .should()
                        .callMethodWhere(READS_A_COLUMN_AS_SOMETHING_ELSE)
                        .orShould()
                        .dependOnClassesThat()
                        .belongToAnyOf(Timestamp.class, java.sql.Date.class, Time.class),
                Careless.ColumnReader.class,
                8),
        TIME_COMES_FROM_THE_INJECTED_CLOCK(
                noClasses()
                        .that()
                        .doNotHaveFullyQualifiedName("dev.asof.AsofApplication")
                        .should()
                        .callCodeUnitWhere(READS_THE_MACHINES_CLOCK),
                Careless.ClockReader.class,
                5),
        NOTHING_DEPENDS_ON_THE_MACHINES_LANGUAGE_OR_ZONE(
                noClasses().should().callCodeUnitWhere(ASKS_WHERE_THE_MACHINE_IS), Careless.Local.class, 11),
        TEMPORARY_FILES_ARE_SCRATCH_FILES(
                noClasses()
                        .that()
                        .resideOutsideOfPackage("dev.asof.embedded")
                        .and()
                        .doNotHaveFullyQualifiedName("dev.asof.formats.ScratchFiles")
                        .and()
                        .doNotHaveFullyQualifiedName("dev.asof.formats.ScratchFiles$Own")
                        .should()
                        .callMethodWhere(MAKES_A_TEMPORARY_FILE),
                Careless.Littering.class,
                3),
        CONTROLLERS_AND_CONFIGURATIONS_ARE_THEIR_PACKAGES_OWN(
                noClasses()
                        .that()
                        .areAnnotatedWith(RestController.class)
                        .or()
                        .areAnnotatedWith(Configuration.class)
                        .should()
                        .bePublic(),
                Careless.PublicController.class,
                1),
        THREADS_ARE_BEGUN_IN_FEW_PLACES(
                noClasses()
                        .that()
                        .doNotBelongToAnyOf(BackgroundLoop.class, ProducerThread.class)
                        .should()
                        .callCodeUnitWhere(BEGINS_A_THREAD),
                Careless.ThreadStarter.class,
                10),
        DEPENDENCIES_COME_THROUGH_CONSTRUCTORS(
                noFields().should().beAnnotatedWith(Autowired.class).orShould().beAnnotatedWith(Value.class),
                Careless.InjectedField.class,
                1),
        THE_VOCABULARY_AND_EXPRESSIONS_ARE_PURE(
                noClasses()
                        .that()
                        .resideInAnyPackage("..shared", "..transform", "..upper")
                        .and()
                        .doNotHaveSimpleName("package-info")
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("org.springframework..", "java.sql..", "java.net..", "java.nio.file.."),
                Careless.ClockReader.class,
                2);

        private final ArchRule rule;
        private final Class<?> planted;
        private final int violations;

        Rule(ArchRule rule, Class<?> planted, int violations) {
            this.rule = rule;
            this.planted = planted;
            this.violations = violations;
        }
    }

    /** What others may use of a module is in its root, so that rooms need one level only. */
    @Test
    void aModuleHasRoomsAndNoRoomHasRoomsOfItsOwn() {
        ArchRule rule = classes().should().resideInAnyPackage("dev.asof", "dev.asof.*", "dev.asof.*.*");

        rule.check(MAIN);
        assertThat(rule.evaluate(planted("dev.planted.lower")).hasViolation()).isTrue();
    }

    @Test
    void aPackageHasAtMostFortyTypes() {
        assertThat(crowded(MAIN, 40)).isEmpty();
        assertThat(crowded(planted("dev.planted.upper"), 1)).containsExactly("dev.planted.upper: 2 types");
    }

    @Test
    void packagesKnowEachOtherInOneDirection() {
        ArchRule rule = slices().assignedFrom(PACKAGES).should().beFreeOfCycles();

        rule.check(MAIN);
        assertThat(rule.evaluate(planted("dev.planted.rooms"))
                        .getFailureReport()
                        .getDetails())
                .singleElement()
                .asString()
                .contains("dev.planted.rooms.front", "dev.planted.rooms.back");
    }

    /** Several rooms of a module may need them; another module asks the module. */
    @Test
    void settingsAndRepositoriesAreTheirModulesOwn() {
        ArchRule rule = classes()
                .that()
                .areAnnotatedWith(ConfigurationProperties.class)
                .or()
                .areAssignableTo(Repository.class)
                .should(new ArchCondition<JavaClass>("be used by their own module only") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        type.getDirectDependenciesToSelf().stream()
                                .filter(use -> !module(use.getOriginClass()).equals(module(type)))
                                .forEach(use -> events.add(SimpleConditionEvent.violated(type, use.getDescription())));
                    }
                });

        rule.check(MAIN);
        assertThat(rule.evaluate(planted("dev.planted")).getFailureReport().getDetails())
                .hasSize(2)
                .allSatisfy(found -> assertThat(found).contains("dev.planted.nosy.LooksInside", "PublicRepository"));
    }

    private static String module(JavaClass type) {
        return String.join(".", List.of(type.getPackageName().split("\\.")).subList(0, 3));
    }

    private static JavaClasses planted(String packageName) {
        return new ClassFileImporter().importPackages(packageName);
    }

    private static List<String> crowded(JavaClasses classes, int most) {
        Map<String, Long> types = classes.stream()
                .filter(JavaClass::isTopLevelClass)
                .filter(type -> !type.getSimpleName().equals("package-info"))
                .collect(groupingBy(JavaClass::getPackageName, counting()));
        return types.entrySet().stream()
                .filter(found -> found.getValue() > most)
                .map(found -> "%s: %s types".formatted(found.getKey(), found.getValue()))
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void theCodeKeepsTheRule(Rule rule) {
        rule.rule.check(MAIN);
    }

    @ParameterizedTest
    @EnumSource
    void theRuleFindsAPlantedViolation(Rule rule) {
        var broken = new ClassFileImporter().importClasses(rule.planted);

        assertThat(rule.rule.evaluate(broken).getFailureReport().getDetails()).hasSize(rule.violations);
    }
}
