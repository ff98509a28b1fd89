/*
 * The peer "c" of the comparison: the least that a server can do, so its cost is nearly all the kernel's. One thread
 * waits by epoll and calls write(2) once for each event and client. It serves the paths that Peer.java documents,
 * except /json, on an ephemeral port of 127.0.0.1. It prints the port, and ends when its standard input is closed.
 *
 * Connections are edge-triggered, so each is registered once. Bytes that a socket does not take are kept, and written
 * when epoll reports room. A function that returns false has closed the connection. Needs Linux and 64 bits.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
#define LAST_CHUNK "0\r\n\r\n"
#define PADDING "pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp "
#define BURST_LENGTH 60 /* bytes of data; the frame of a burst event has 68 */
#define BURSTS 256
#define MAX_CHUNK 256

struct connection {
    struct connection *previous, *next; /* in the list of tickers or of subscribers; itself if in neither */
    int fd;
    long interval, due;       /* of a ticker, in ns */
    long burst_sent, burst;   /* events */
    bool ending;              /* is closed once everything is written */
    char *pending;            /* bytes that the socket did not take */
    size_t pending_length, pending_capacity, request_length;
    char request[1024];
};

static int epoll, listener, publisher; /* publisher is the timer of /publish */
static struct connection tickers = {&tickers, &tickers}, subscribers = {&subscribers, &subscribers};
static long publish_left, publish_owed, publish_due, publish_interval; /* events, events, ns, ns */
static char bursts[BURSTS][MAX_CHUNK];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time); /* the clock of System.nanoTime */
    return time.tv_sec * 1000000000L + time.tv_nsec;
}

static void list_remove(struct connection *c) {
    c->previous->next = c->next;
    c->next->previous = c->previous;
    c->previous = c->next = c;
}

static void list_add(struct connection *c, struct connection *previous) {
    c->previous = previous;
    c->next = previous->next;
    c->next->previous = c;
    previous->next = c;
}

static bool close_connection(struct connection *c) {
    list_remove(c);
    close(c->fd);
    free(c->pending);
    free(c);
    return false;
}

/* Writes bytes unless others wait, and keeps what the socket does not take. */
static bool send_bytes(struct connection *c, const char *bytes, size_t length) {
    ssize_t written = c->pending_length > 0 ? 0 : write(c->fd, bytes, length);
    if (written < 0 && errno != EAGAIN) {
        return close_connection(c);
    }
    size_t rest = written < 0 ? length : length - written;
    if (c->pending_length + rest > c->pending_capacity) {
        c->pending_capacity = 2 * (c->pending_length + rest);
        if ((c->pending = realloc(c->pending, c->pending_capacity)) == NULL) {
            fail("realloc");
        }
    }
    if (rest > 0) {
        memcpy(c->pending + c->pending_length, bytes + length - rest, rest);
        c->pending_length += rest;
    }
    return true;
}

/* Writes waiting bytes, then the next events of a burst, until the socket is full. Closes a stream that has ended. */
static bool proceed(struct connection *c) {
    while (c->pending_length > 0) {
        ssize_t written = write(c->fd, c->pending, c->pending_length);
        if (written < 0) {
            return errno == EAGAIN || close_connection(c);
        }
        c->pending_length -= written;
        memmove(c->pending, c->pending + written, c->pending_length);
    }
    while (c->burst_sent < c->burst && c->pending_length == 0) {
        const char *event = bursts[c->burst_sent++ % BURSTS];
        c->ending = c->burst_sent == c->burst;
        if (!send_bytes(c, event, strlen(event)) || (c->ending && !send_bytes(c, LAST_CHUNK, strlen(LAST_CHUNK)))) {
            return false;
        }
    }
    return !c->ending || c->pending_length > 0 || close_connection(c);
}

/* Formats an event as a chunk of at most MAX_CHUNK bytes and returns its length. */
static int format(char *chunk, const char *data) {
    return sprintf(chunk, "%zx\r\ndata: %s\n\n\r\n", strlen("data: \n\n") + strlen(data), data);
}

static int format_time(char *chunk, const char *padding, long nanos) {
    char data[MAX_CHUNK / 2];
    sprintf(data, "%s%ld~", padding, nanos);
    return format(chunk, data);
}

/* Lists a ticker by its due time. Where all intervals are equal, its place is the end, where the search begins. */
static void schedule(struct connection *c, long time) {
    struct connection *previous = tickers.previous;
    c->due = time + c->interval;
    while (previous != &tickers && previous->due > c->due) {
        previous = previous->previous;
    }
    list_add(c, previous);
}

/* Sends the events of all tickers that are due. Returns the time until the next one in ms, rounded up; -1 if none. */
static int tick(void) {
    while (tickers.next != &tickers) {
        struct connection *c = tickers.next;
        long time = now();
        if (c->due > time) {
            return (c->due - time + 999999) / 1000000;
        }
        char chunk[MAX_CHUNK];
        list_remove(c);
        if (send_bytes(c, chunk, format_time(chunk, "", time))) {
            schedule(c, time);
        }
    }
    return -1;
}

/* A later call replaces an earlier one that has not sent all its events. */
static void start_publishing(long events, long micros) {
    publish_left = events;
    publish_owed = 0;
    publish_due = now();
    publish_interval = micros * 1000;
    struct itimerspec timer = {{micros / 1000000, micros % 1000000 * 1000}, {0, 1}}; /* the first is due in 1 ns */
    timerfd_settime(publisher, 0, &timer, NULL);
}

/* Sends an event to all subscribers. Its time is when it was due, so that latencies include the lag of this thread. */
static void publish(void) {
    char chunk[MAX_CHUNK];
    int length = format_time(chunk, PADDING, publish_due);
    for (struct connection *c = subscribers.next, *next; c != &subscribers; c = next) {
        next = c->next;
        send_bytes(c, chunk, length);
    }
    publish_due += publish_interval;
    publish_owed--;
    if (--publish_left == 0) {
        publish_owed = 0;
        timerfd_settime(publisher, 0, &(struct itimerspec){0}, NULL);
    }
}

static long parameter(const char *target, const char *name) {
    const char *found = strstr(target, name);
    return found == NULL ? 0 : atol(found + strlen(name));
}

/* Answers a request. The head and the first event of a stream are one write, except for a burst. */
static bool answer(struct connection *c) {
    char path[32] = "", out[1024] = HEAD, *event = out + strlen(HEAD);
    c->request[strcspn(c->request, "\r")] = 0; /* also makes receive() ignore what a client sends later */
    sscanf(c->request, "GET %31[^ ?]", path);
    long n = parameter(c->request, "?n="), every = parameter(c->request, "&every=");
    if (strcmp(path, "/burst") == 0 && n > 0) {
        c->burst = n;
    } else if (strcmp(path, "/ticker") == 0 && n > 0) {
        c->interval = n * 1000000;
        schedule(c, now());
        format_time(event, "", now());
    } else if (strcmp(path, "/idle") == 0) {
        format(event, "~");
    } else if (strcmp(path, "/broadcast") == 0) {
        list_add(c, &subscribers);
        format(event, "~");
    } else if (strcmp(path, "/one") == 0) {
        c->ending = true;
        strcpy(event + format(event, "~"), LAST_CHUNK);
    } else {
        bool known = strcmp(path, "/publish") == 0 && n > 0 && every > 0;
        if (known) {
            start_publishing(n, every);
        }
        c->ending = true;
        sprintf(out, "HTTP/1.1 %s\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", known ? "200 OK" : "404 Not Found");
    }
    return send_bytes(c, out, strlen(out));
}

/* Reads a request, and answers it once its empty line was read. */
static bool receive(struct connection *c) {
    ssize_t received = read(c->fd, c->request + c->request_length, sizeof c->request - 1 - c->request_length);
    if (received <= 0) { /* the client left, or its request is too long */
        return (received < 0 && errno == EAGAIN) || close_connection(c);
    }
    c->request_length += received;
    return strstr(c->request, "\r\n\r\n") == NULL || answer(c);
}

static void watch(int fd, unsigned events, void *data) {
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = events, .data.ptr = data}) < 0) {
        fail("epoll_ctl");
    }
}

static void accept_all(void) {
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
        struct connection *c = calloc(1, sizeof *c);
        if (c == NULL) {
            fail("calloc");
        }
        c->previous = c->next = c;
        c->fd = fd;
        watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, c);
    }
}

static void start(void) {
    for (int i = 0; i < BURSTS; i++) {
        char data[BURST_LENGTH + 1];
        memset(data, 'b', BURST_LENGTH);
        data[sprintf(data, "%d", i)] = ' ';
        strcpy(data + BURST_LENGTH - 1, "~");
        format(bursts[i], data);
    }
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max; /* as the JVM does */
    setrlimit(RLIMIT_NOFILE, &files);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)); /* accepted sockets inherit it */
    if (bind(listener, (struct sockaddr *) &address, length) < 0 || listen(listener, 4096) < 0
            || getsockname(listener, (struct sockaddr *) &address, &length) < 0) {
        fail("listen");
    }
    epoll = epoll_create1(0);
    publisher = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    watch(listener, EPOLLIN, &listener);
    watch(publisher, EPOLLIN, &publisher);
    watch(STDIN_FILENO, EPOLLIN, NULL);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
}

int main(void) {
    start();
    while (true) {
        struct epoll_event ready[256];
        int timeout = tick();
        int count = epoll_wait(epoll, ready, 256, publish_owed > 0 ? 0 : timeout);
        for (int i = 0; i < count; i++) {
            void *source = ready[i].data.ptr;
            unsigned long expirations;
            if (source == &listener) {
                accept_all();
            } else if (source == &publisher) {
                publish_owed += read(publisher, &expirations, sizeof expirations) > 0 ? expirations : 0;
            } else if (source == NULL) {
                if (read(STDIN_FILENO, &(char){0}, 1) <= 0) {
                    return 0;
                }
            } else if (ready[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
                close_connection(source);
            } else if (!(ready[i].events & EPOLLIN) || receive(source)) {
                proceed(source);
            }
        }
        if (publish_owed > 0) {
            publish();
        }
    }
}
