package org.fusegrad.codegen;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.fusegrad.codegen.Code.Statement;
import org.fusegrad.codegen.Code.Type;
import org.fusegrad.codegen.Code.Var;

/** A method that is being written: its statements, its locals' names, and the arrays that it has looked up. */
final class MethodBody {
    /** Names that Java keeps for itself, and those that a local variable would hide from generated code. */
    private static final Set<String> RESERVED = Set.of(
            "_", "abstract", "assert", "boolean", "break", "byte", "case", "catch", "char", "class", "const", "continue",
            "default", "do", "double", "else", "enum", "extends", "false", "final", "finally", "float", "for", "goto", "if",
            "implements", "import", "instanceof", "int", "interface", "long", "native", "new", "null", "package", "private",
            "protected", "public", "return", "short", "static", "strictfp", "super", "switch", "synchronized", "this",
            "throw", "throws", "transient", "true", "try", "void", "volatile", "while", "yield",
            "a", "o", "base", "from", "to", "loop", "org", "Float", "FloatVector", "IntVector", "Math", "SPECIES", "VectorMask", "VectorOperators");

    private final List<String> slotNames;
    private final List<Statement> arguments = new ArrayList<>();
    private final List<Statement> preamble = new ArrayList<>();
    private List<Statement> current = new ArrayList<>();
    private final Map<Integer, Var> arrays = new HashMap<>();
    private final Map<Integer, Var> offsets = new HashMap<>();
    private final Set<String> names = new HashSet<>(RESERVED);

    /** @param slotNames a readable name per array slot */
    MethodBody(List<String> slotNames) {
        this.slotNames = slotNames;
    }

    /** All that was written. */
    Code.Method as(String name) {
        List<Statement> body = new ArrayList<>(arguments);
        body.addAll(preamble);
        body.addAll(current);
        return new Code.Method(name, body);
    }

    /** What is looked up and computed first of all. */
    List<Statement> arguments() {
        return arguments;
    }

    void emit(Statement statement) {
        current.add(statement);
    }

    /** Adds to the statements before all loops. */
    void hoist(Statement statement) {
        preamble.add(statement);
    }

    /** Runs {@code body} with all statements going into a list of their own. */
    List<Statement> nested(Runnable body) {
        List<Statement> outer = current;
        current = new ArrayList<>();
        body.run();
        List<Statement> inner = current;
        current = outer;
        return inner;
    }

    Var fresh(String stem, Type type) {
        String free = Code.Shuffle.mayBeField(stem) ? "v" + stem : stem;
        String name = free;
        for (int k = 1; !names.add(name); k++) {
            name = free + k;
        }
        return new Var(name, type);
    }

    Var array(int slot) {
        return arrays.computeIfAbsent(slot, s -> {
            Var variable = fresh(identifier(slotNames.get(s)), Type.FLOATS);
            arguments.add(new Code.Set(variable, new Code.Argument(Type.FLOATS, s)));
            return variable;
        });
    }

    Var offset(int slot) {
        Var array = array(slot);
        return offsets.computeIfAbsent(slot, s -> {
            Var variable = fresh(array.name + "At", Type.INT);
            arguments.add(new Code.Set(variable, new Code.Argument(Type.INT, s)));
            return variable;
        });
    }

    private static String identifier(String name) {
        StringBuilder id = new StringBuilder();
        for (char c : name.toCharArray()) {
            id.append(c < 128 && Character.isJavaIdentifierPart(c) && c != '$' ? c : '_');
        }
        if (id.isEmpty() || !Character.isJavaIdentifierStart(id.charAt(0))) {
            id.insert(0, 'v');
        }
        return id.toString();
    }
}
