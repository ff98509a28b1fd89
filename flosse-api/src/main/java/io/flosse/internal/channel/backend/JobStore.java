package io.flosse.internal.channel.backend;

import java.util.Optional;

/**
 * Who runs which job, over all machines that share a store. A machine that runs a job holds a lease on it; a lease that
 * lapsed means that the machine has died.
 */
public interface JobStore {

    /** What is known of a job. */
    enum Status {
        /** Nothing: never started, or forgotten. */
        UNKNOWN,
        /** It runs, and its machine is alive. */
        RUNNING,
        /** It ran, but its lease has lapsed, and nobody has ended it. */
        LAPSED,
        /** It is over. */
        ENDED
    }

    /**
     * Takes a job for this machine, with a lease.
     *
     * @param id its id
     * @return false if there is or was one with this id that is still remembered
     */
    boolean claim(String id);

    /**
     * Prolongs the lease of a job that runs on this machine. Called about once a second, for all
     * jobs at once.
     *
     * @param id its id
     * @return false if the job was ended by somebody else: it is to be stopped
     */
    boolean renew(String id);

    /**
     * Ends a job and, in the same step, its channel. Of all who call this, on all machines, one gets true: its last event is
     * the one that is told.
     *
     * @param id its id
     * @param last the last event of its channel, if there is to be one
     * @return whether it was running, or lapsed, until now
     */
    boolean end(String id, Optional<Payload> last);

    /**
     * What is known of a job.
     *
     * @param id any valid id
     * @return its status
     */
    Status status(String id);
}
