package org.fusegrad;

import java.util.List;
import org.fusegrad.engine.Plan;
import org.fusegrad.engine.PlanCache;
import org.fusegrad.engine.Workspace;
import org.fusegrad.ir.Extent;
import org.fusegrad.ir.Graph;
import org.fusegrad.ir.GraphBuilder;

/** The norm of gradients in a flat array; in the same float operations as {@link Updates#clip}, and so with its bits. */
final class GradientNorm {
    private final Floats gradients;
    private final int[] lengths;
    private final float maxNorm;
    private final Plan plan;
    private final Workspace workspace;
    private final float[] squares = new float[1];
    private float norm;

    /** @param lengths of the parameters, whose squares are summed one parameter after the other */
    GradientNorm(Floats gradients, int[] lengths, float maxNorm) {
        this.gradients = gradients;
        this.lengths = lengths;
        this.maxNorm = maxNorm;
        GraphBuilder g = new GraphBuilder();
        this.plan = PlanCache.get(g.build(List.of(
                new Graph.Output("squares", g.sum(g.square(g.input("gradient", Extent.ROW)))))));
        this.workspace = plan.newWorkspace();
        workspace.bindOutput(0, squares, 0);
    }

    /** What the gradients are to be multiplied by. */
    float clipFactor() {
        float sum = 0;
        int from = gradients.offset();
        for (int length : lengths) {
            workspace.bindInput(0, gradients.array(), from);
            workspace.run(length);
            sum += squares[0];
            from += length;
        }
        norm = (float) Math.sqrt(sum); // the float root: double has more than twice the digits, so rounding twice is harmless
        return Math.min(maxNorm / (norm + Updates.NORM_EPS), 1f);
    }

    float value() {
        return norm;
    }

    void warmUp() {
        plan.warmUp();
    }
}
