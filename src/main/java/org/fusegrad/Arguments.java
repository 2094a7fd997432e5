package org.fusegrad;

import java.util.List;
import org.fusegrad.engine.Workspace;

/** An optimiser's hyper-parameters at one step, where its kernel reads them. */
final class Arguments {
    private final Updates.Value[] values;
    private final float[] floats;

    /** Binds the scalars of {@code workspace} that are arguments. */
    Arguments(List<Updates.Argument> arguments, Workspace workspace) {
        this.values = new Updates.Value[arguments.size()];
        this.floats = new float[values.length];
        for (int k = 0; k < values.length; k++) {
            values[k] = arguments.get(k).value();
            workspace.bindInput(arguments.get(k).node().inputIndex(), floats, k);
        }
    }

    /** @throws IllegalArgumentException if one is not valid at this step, such as a negative learning rate */
    void set(long step) {
        for (int k = 0; k < values.length; k++) {
            floats[k] = (float) values[k].at(step);
        }
    }
}
