package org.fusegrad.benchmarks;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** The peers of this build. */
final class Peers {
    /** All that the profile {@code peers} builds in, so that the report can name those that are absent. */
    static final List<String> KNOWN = List.of("pytorch", "djl", "nd4j", "tensorflow", "tensorflow-xla");

    static final String NOT_BUILT = "not built in: build with -Ppeers";

    private Peers() {}

    static Peer named(String name) {
        Peer peer = builtIn().get(name);
        if (peer == null) {
            throw new IllegalArgumentException(KNOWN.contains(name) ? name + " is " + NOT_BUILT : "no implementation is named " + name);
        }
        return peer;
    }

    /** By name. A build without the profile may find classes of one with it, but not what they need. */
    static Map<String, Peer> builtIn() {
        Map<String, Peer> peers = new TreeMap<>();
        Iterator<Peer> found = ServiceLoader.load(Peer.class).iterator();
        while (true) {
            try {
                if (!found.hasNext()) {
                    return peers;
                }
                Peer peer = found.next();
                peers.put(peer.name(), peer);
            } catch (ServiceConfigurationError | NoClassDefFoundError e) {
                System.err.println("a peer is left out: " + e);
            }
        }
    }
}
