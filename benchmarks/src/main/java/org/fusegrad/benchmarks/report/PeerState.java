package org.fusegrad.benchmarks.report;

/** Of one peer: what it is, or why it is absent; one of the two is null. */
record PeerState(String name, String description, String unavailable) {}
