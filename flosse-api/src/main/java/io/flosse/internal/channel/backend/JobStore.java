package io.flosse.internal.channel.backend;

import java.util.Optional;

/**
 * The owners and the status of jobs, shared by all servers with the same store. The server that runs a job holds a
 * lease on it. An expired lease means that the server died.
 */
public interface JobStore {

    /** The status of a job. */
    enum Status {
        /** Never started, or forgotten. */
        UNKNOWN,
        /** The job runs, and its server is alive. */
        RUNNING,
        /** The job was started, but its lease has expired before it was ended. */
        LAPSED,
        /** The job has ended. */
        ENDED
    }

    /**
     * Claims a job for this server, with a lease.
     *
     * @param id its id
     * @return false if a job with this id is running or still remembered
     */
    boolean claim(String id);

    /**
     * Renews the lease of a job that runs on this server. Called about once a second, concurrently for all jobs.
     *
     * @param id its id
     * @return false if the job was ended by another caller and must be stopped
     */
    boolean renew(String id);

    /**
     * Ends a job and, atomically, its channel. Of all concurrent callers on all servers, only one gets true, and its
     * last event is published.
     *
     * @param id its id
     * @param last the last event of its channel, empty for none
     * @return whether the job was running, or its lease expired, until now
     */
    boolean end(String id, Optional<Payload> last);

    /**
     * Returns the status of a job.
     *
     * @param id any valid id
     * @return its status
     */
    Status status(String id);
}
