/**
 * A TCP port for a web server. Below the kernel's ephemeral range on purpose: a client that connects
 * to a port of that range while its server is down may be given that very port as its own, and then
 * talks to itself; a bind after a restart may fail for the same reason.
 */
import fs from 'node:fs';
import net from 'node:net';

function range() {
  const [low] = fs.readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/).map(Number);
  return low > 12000 ? [10000, low] : [1024, low];
}

/** @param {number} port @returns {Promise<boolean>} */
function isFree(port) {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** A port that was free just now; who loses the race to it asks again. */
export async function freePort() {
  const [low, high] = range();
  for (let i = 0; i < 200; i++) {
    const port = low + Math.floor(Math.random() * (high - low));
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port between ${low} and ${high}`);
}
