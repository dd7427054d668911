/* packets.c - a bad network of the tests' own, in a network namespace of their own.
 *
 *     unshare -n packets --try        can it be had here? exit 0: yes
 *     packets                         as root inside: makes it, says "ready", and carries packets
 *
 * It makes a TUN device with the address 10.77.0.1 and swaps the addresses of every packet that is sent to
 * 10.77.0.2 through it: who connects to 10.77.0.2 reaches who listens on 10.77.0.1, and every packet of
 * both ways passes here as the kernel made it. (Swapping leaves the checksums right: they are sums.)
 * So the kernel's TCP meets what a network does: packets lost, doubled, late, out of order. tc netem would
 * do the same, but few kernels have it at hand.
 *
 * Orders come on standard input, one a line:
 *
 *     set LOST DOUBLED DELAY JITTER   in per mille, per mille, ms, ms (evenly from 0 to JITTER, each for itself)
 *     count                           tells what has happened since the last count, as JSON
 *
 * It ends with its standard input.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PACKET_MOST = 65536, WAITING_MOST = 16384, IP_LEAST = 20 };

struct packet {
    int64_t due; /* us */
    uint64_t number;
    size_t size;
    uint8_t *bytes;
};

static struct {
    int tun;
    unsigned lost, doubled, delay, jitter;
    /* A heap by due time. */
    struct packet heap[WAITING_MOST];
    int n;
    uint64_t read, number, newest;
    unsigned long n_all, n_lost, n_doubled, n_late, n_reordered;
} net;

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void die(const char *what)
{
    fprintf(stderr, "packets: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void link_up(int s, const char *name, const char *address)
{
    struct ifreq r = {0};
    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
    if (address) {
        struct sockaddr_in a = {.sin_family = AF_INET};
        inet_pton(AF_INET, address, &a.sin_addr);
        memcpy(&r.ifr_addr, &a, sizeof a);
        if (ioctl(s, SIOCSIFADDR, &r)) die("address");
        inet_pton(AF_INET, "255.255.255.0", &a.sin_addr);
        memcpy(&r.ifr_netmask, &a, sizeof a);
        if (ioctl(s, SIOCSIFNETMASK, &r)) die("netmask");
    }
    memset(&r.ifr_ifru, 0, sizeof r.ifr_ifru);
    r.ifr_flags = IFF_UP | IFF_RUNNING;
    if (ioctl(s, SIOCSIFFLAGS, &r)) die("up");
}

static void make(void)
{
    struct ifreq r = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    net.tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (net.tun < 0 || s < 0) die("/dev/net/tun");
    snprintf(r.ifr_name, sizeof r.ifr_name, "bad0");
    if (ioctl(net.tun, TUNSETIFF, &r)) die("TUNSETIFF");
    link_up(s, "lo", NULL);
    link_up(s, "bad0", "10.77.0.1");
    close(s);
}

static void swap(int a, int b)
{
    struct packet p = net.heap[a];
    net.heap[a] = net.heap[b];
    net.heap[b] = p;
}

/* Those that are due together keep their order. */
static int before(const struct packet *a, const struct packet *b)
{
    return a->due != b->due ? a->due < b->due : a->number < b->number;
}

static void deliver_later(const uint8_t *bytes, size_t size, int64_t wait)
{
    struct packet *p = &net.heap[net.n];
    if (net.n == WAITING_MOST || !(p->bytes = malloc(size))) return; /* as a full queue does */
    memcpy(p->bytes, bytes, size);
    p->size = size;
    p->number = net.number++;
    p->due = now() + wait;
    for (int i = net.n++; i > 0 && before(&net.heap[i], &net.heap[(i - 1) / 2]); i = (i - 1) / 2) swap(i, (i - 1) / 2);
}

static void deliver(void)
{
    struct packet p = net.heap[0];
    ssize_t written = write(net.tun, p.bytes, p.size);
    (void)written; /* what the kernel does not take is one more that is lost */
    if (p.number < net.newest) net.n_reordered++;
    if (p.number > net.newest) net.newest = p.number;
    free(p.bytes);
    net.heap[0] = net.heap[--net.n];
    for (int i = 0;;) {
        int least = 2 * i + 1;
        if (least >= net.n) return;
        if (least + 1 < net.n && before(&net.heap[least + 1], &net.heap[least])) least++;
        if (before(&net.heap[i], &net.heap[least])) return;
        swap(i, least);
        i = least;
    }
}

static int chance(unsigned per_mille) { return (unsigned)(random() % 1000) < per_mille; }
static int64_t wait_of(void) { return ((int64_t)net.delay * 1000) + (net.jitter ? random() % ((long)net.jitter * 1000) : 0); }

static void take(void)
{
    static uint8_t bytes[PACKET_MOST];
    ssize_t size;
    while ((size = read(net.tun, bytes, sizeof bytes)) > 0) {
        uint8_t address[4];
        if (size < IP_LEAST || bytes[0] >> 4 != 4) continue;
        memcpy(address, bytes + 12, 4);
        memmove(bytes + 12, bytes + 16, 4);
        memcpy(bytes + 16, address, 4);
        net.n_all++;
        if (chance(net.lost)) {
            net.n_lost++;
            continue;
        }
        int64_t wait = wait_of();
        if (wait) net.n_late++;
        deliver_later(bytes, (size_t)size, wait);
        if (chance(net.doubled)) {
            net.n_doubled++;
            deliver_later(bytes, (size_t)size, wait_of());
        }
    }
}

/* One order; false at the end of them. */
static int obey(void)
{
    static char line[256];
    static size_t n;
    ssize_t got = read(STDIN_FILENO, line + n, sizeof line - 1 - n);
    if (got <= 0) return 0;
    n += (size_t)got;
    line[n] = '\0';
    for (char *end; (end = strchr(line, '\n')); n -= (size_t)(end + 1 - line), memmove(line, end + 1, n + 1)) {
        if (strncmp(line, "count", 5) == 0) {
            printf("{\"packets\":%lu,\"lost\":%lu,\"doubled\":%lu,\"late\":%lu,\"reordered\":%lu}\n", net.n_all, net.n_lost, net.n_doubled, net.n_late, net.n_reordered);
            fflush(stdout);
            net.n_all = net.n_lost = net.n_doubled = net.n_late = net.n_reordered = 0;
        } else {
            sscanf(line, "set %u %u %u %u", &net.lost, &net.doubled, &net.delay, &net.jitter);
        }
    }
    return 1;
}

int main(int argc, char **argv)
{
    make();
    if (argc > 1 && strcmp(argv[1], "--try") == 0) return 0;
    puts("ready");
    fflush(stdout);
    for (;;) {
        int64_t left = net.n ? (net.heap[0].due - now() + 999) / 1000 : -1;
        struct pollfd p[] = {{.fd = net.tun, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
        if (poll(p, 2, net.n && left < 0 ? 0 : (int)left) < 0 && errno != EINTR) die("poll");
        if (p[0].revents) take();
        if (p[1].revents && !obey()) return 0;
        while (net.n && net.heap[0].due <= now()) deliver();
    }
}
