package org.fusegrad.codegen;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fusegrad.codegen.Code.Value;
import org.fusegrad.fusion.Loop;

/**
 * A vector loop over neighbouring elements, in several methods.
 *
 * <p>What stands in a method of its own: access under a mask has a path that checks single lanes and throws. Where HotSpot has seen too little of that path, C2
 * compiles its calls, and what lives across a call it keeps in memory: accumulators, and a function's constants, which it then loads again for every vector.
 */
abstract class ElementVectors extends VectorLowering {
    final List<String> slotNames;
    private final String suffix;
    private final Map<String, Code.Method> helpers = new LinkedHashMap<>();

    /** @param suffix what the method's name has behind the loop's */
    ElementVectors(Loop loop, List<String> slotNames, int lanes, String suffix) {
        super(loop, slotNames, lanes);
        this.slotNames = slotNames;
        this.suffix = suffix;
    }

    @Override
    final String name() {
        return loop.name() + suffix;
    }

    @Override
    final List<Code.Method> helpers() {
        return List.copyOf(helpers.values());
    }

    /** Calls another method of the loop, for the elements from {@code first} to before {@code end}; several calls of it have one method. */
    final void call(ElementVectors other, Value first, Value end) {
        if (!helpers.containsKey(other.name())) {
            helpers.put(other.name(), other.lower());
            other.helpers().forEach(method -> helpers.putIfAbsent(method.name(), method));
        }
        emit(new Code.CallSelf(other.name(), Parameters.BASE, first, end));
    }

    /** The values of the elements from {@code at} on, those of the mask. */
    final Values elementValues(Value at, Value mask) {
        return new Values(hoisted(), (node, place) -> node.extent().isScalar()
                ? broadcastScalar(node, place)
                : let(array(place.slot()).name, new Code.Load(array(place.slot()), at(place, at), mask)));
    }
}
