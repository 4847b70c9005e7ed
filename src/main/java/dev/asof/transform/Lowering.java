package dev.asof.transform;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import dev.asof.transform.Evaluator.OfObject;
import dev.asof.transform.ExpressionCompiler.Input;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelReference;
import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Turns an expression that CEL has checked into one that evaluates. */
final class Lowering {

    private final CelAbstractSyntaxTree checked;
    private final Inputs inputs;
    private final Problems problems;
    private final Set<String> read = new LinkedHashSet<>();
    private final Set<Integer> texts = new LinkedHashSet<>();
    private final Set<Integer> listsOfTexts = new LinkedHashSet<>();
    private int operations;

    Lowering(CelAbstractSyntaxTree checked, Inputs inputs, Problems problems) {
        this.checked = checked;
        this.inputs = inputs;
        this.problems = problems;
    }

    Node lower() {
        return lower(checked.getExpr());
    }

    /** The inputs met so far. */
    Set<String> inputsRead() {
        return Collections.unmodifiableSet(read);
    }

    /** What was lowered so far. */
    Work work() {
        return new Work(operations, List.copyOf(texts), List.copyOf(listsOfTexts), inputs.areCounted());
    }

    /** In a loop: a stream would take three times the stack for each level. */
    private List<Node> lower(List<CelExpr> expressions) {
        var nodes = new ArrayList<Node>(expressions.size());
        for (CelExpr expression : expressions) {
            nodes.add(lower(expression));
        }
        return nodes;
    }

    private Node lower(CelExpr expression) {
        operations++;
        return switch (expression.getKind()) {
            case CONSTANT -> literal(expression, expression.constant());
            case IDENT -> input(checked.getReferenceOrThrow(expression.id()).name());
            case SELECT -> select(expression);
            case CALL -> call(expression, expression.call());
            case LIST -> list(expression, expression.list().elements());
            case MAP -> unsupported(expression, "maps are not supported");
            case STRUCT -> unsupported(expression, "messages are not supported");
            case COMPREHENSION, NOT_SET -> throw new IllegalStateException("no macro makes " + expression);
        };
    }

    private Node literal(CelExpr expression, CelConstant constant) {
        return switch (constant.getKind()) {
            case NULL_VALUE -> Node.NULL;
            case BOOLEAN_VALUE -> Node.literal(SimpleType.BOOL, constant.booleanValue());
            case INT64_VALUE -> Node.literal(SimpleType.INT, constant.int64Value());
            case DOUBLE_VALUE -> Node.literal(SimpleType.DOUBLE, constant.doubleValue());
            case STRING_VALUE -> Node.literal(SimpleType.STRING, constant.stringValue());
            case BYTES_VALUE ->
                Node.literal(SimpleType.BYTES, constant.bytesValue().toByteArray());
            case UINT64_VALUE -> unsupported(expression, "unsigned integers are not supported: leave out the 'u'");
            case TIMESTAMP_VALUE, DURATION_VALUE, NOT_SET ->
                throw new IllegalStateException("the parser makes no " + constant.getKind());
        };
    }

    /** A name with a qualifier; what else the checker takes for one is a map whose key is written as a field. */
    private Node select(CelExpr expression) {
        var name = checked.getReference(expression.id()).map(CelReference::name);
        if (name.isPresent()) {
            return input(name.get());
        }
        return unsupported(
                expression,
                "a key of a map is written in brackets: ['%s']"
                        .formatted(expression.select().field()));
    }

    /** The one place that knows what an identifier stands for. */
    private Node input(String name) {
        Inputs.Place place = inputs.place(name);
        read.add(name);
        Input input = place.input();
        int position = place.position();
        if (input.key().isPresent()) {
            addWork(position, input.key().get() == ScalarType.STRING);
            addWork(position + 1, input.type() instanceof ListType || isText(input.type()));
            return Node.of(TypeNames.cel(input), Buckets.reader(position));
        }
        if (input.type() instanceof ListType list) {
            addWork(position, isText(list.element()));
        } else if (isText(input.type())) {
            addWork(position, false);
        }
        return Node.unboxed(TypeNames.cel(input), frame -> frame.at(position));
    }

    private void addWork(int position, boolean listOfTexts) {
        (listOfTexts && inputs.areCounted() ? listsOfTexts : texts).add(position);
    }

    private static boolean isText(ValueType type) {
        return type == ScalarType.STRING || type == ScalarType.BYTES;
    }

    private Node call(CelExpr expression, CelExpr.CelCall call) {
        List<CelExpr> written =
                Stream.concat(call.target().stream(), call.args().stream()).toList();
        List<Node> arguments = lower(written);
        if (arguments.stream().anyMatch(Node::isInvalid)) {
            return Node.INVALID;
        }
        Optional<Operation> operation = checked.getReferenceOrThrow(expression.id()).overloadIds().stream()
                .map(Environment::operation)
                .filter(candidate -> candidate.accepts(arguments))
                .findFirst();
        if (operation.isEmpty()) {
            problems.noOverload(
                    expression, TypeNames.of(arguments.stream().map(Node::type).toList()));
            return Node.INVALID;
        }
        return lower(operation.get(), written, arguments);
    }

    private Node lower(Operation operation, List<CelExpr> written, List<Node> arguments) {
        if (!operation.takesNull() && refusesNulls(written, arguments)) {
            return Node.INVALID;
        }
        try {
            return counted(operation, operation.lowering().lower(arguments));
        } catch (RefusedArgumentException e) {
            problems.add(written.get(e.argument()), "type_mismatch", String.valueOf(e.getMessage()), e.suggestions());
            return Node.INVALID;
        }
    }

    /** What a call gives, the next one reads: so a text counts as work when it is made. */
    private Node counted(Operation operation, Node call) {
        boolean text = call.type().equals(SimpleType.STRING) || call.type().equals(SimpleType.BYTES);
        if (!text || !inputs.areCounted()) {
            return call;
        }
        OfObject made = call.objects();
        return Node.of(call.type(), frame -> {
            @Nullable Object value = made.evaluate(frame);
            frame.count(Work.length(value), operation.function());
            return value;
        });
    }

    private boolean refusesNulls(List<CelExpr> written, List<Node> nodes) {
        boolean refused = false;
        for (int i = 0; i < nodes.size(); i++) {
            if (nodes.get(i).isNull()) {
                unsupported(written.get(i), "null can be compared with == and !=, and be a branch of ?:, nothing else");
                refused = true;
            }
        }
        return refused;
    }

    private Node list(CelExpr expression, List<CelExpr> written) {
        List<Node> elements = lower(written);
        if (elements.stream().anyMatch(Node::isInvalid) || refusesNulls(written, elements)) {
            return Node.INVALID;
        }
        Optional<CelType> type = elements.isEmpty()
                ? Optional.empty()
                : Optional.of(elements.getFirst().type());
        for (Node element : elements) {
            type = type.flatMap(common -> Node.commonType(common, element.type()));
        }
        if (type.flatMap(TypeNames::value).filter(ScalarType.class::isInstance).isEmpty()) {
            return unsupported(expression, "a list needs elements, and all of one type or all numbers");
        }
        return listOf(type.get(), elements);
    }

    private static Node listOf(CelType type, List<Node> elements) {
        List<Node> widened =
                elements.stream().map(element -> element.widenedTo(type)).toList();
        CelType listType = dev.cel.common.types.ListType.create(type);
        if (widened.stream().allMatch(element -> element.literal().isPresent())) {
            return Node.literal(
                    listType,
                    widened.stream()
                            .flatMap(element -> element.literal().stream())
                            .toList());
        }
        List<OfObject> evaluators = widened.stream().map(Node::objects).toList();
        return Node.of(listType, frame -> {
            var values = new ArrayList<@Nullable Object>(evaluators.size());
            for (OfObject evaluator : evaluators) {
                values.add(evaluator.evaluate(frame));
            }
            return Collections.unmodifiableList(values);
        });
    }

    private Node unsupported(CelExpr expression, String message) {
        problems.add(expression, "type_mismatch", message, List.of());
        return Node.INVALID;
    }
}
