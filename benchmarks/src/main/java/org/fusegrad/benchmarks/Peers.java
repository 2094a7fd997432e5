package org.fusegrad.benchmarks;

import java.util.List;
import java.util.ServiceLoader;

/** The peers of this build. */
final class Peers {
    /** All that the profile {@code peers} builds in, so that the report can name those that are absent. */
    static final List<String> KNOWN = List.of("pytorch", "djl", "nd4j", "tensorflow", "tensorflow-xla");

    static final String NOT_BUILT = "not built in: build with -Ppeers";

    private Peers() {}

    static Peer named(String name) {
        for (Peer peer : ServiceLoader.load(Peer.class)) {
            if (peer.name().equals(name)) {
                return peer;
            }
        }
        throw new IllegalArgumentException(KNOWN.contains(name) ? name + " is " + NOT_BUILT : "no implementation is named " + name);
    }

    static List<String> builtIn() {
        return ServiceLoader.load(Peer.class).stream().map(provider -> provider.get().name()).sorted().toList();
    }
}
