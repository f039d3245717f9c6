/*
 * ports.mjs - ports nobody else uses, also when many test files run at the same time.
 *
 *   const ports = await PortBlock.reserve();
 *   const sip = await ports.take();             one port, free for UDP and TCP
 *   const rtp = await ports.take(20);           the first of 20 in a row, the first even
 *   ports.release();
 *
 * Blocks of 512 lie below the kernel's ephemeral ports, so that no outgoing socket falls into one.
 * A block is reserved by holding its first port (TCP, loopback): the kernel is the lock manager,
 * and the lock ends with the process. ports.mjs never hands out a port that somebody has bound; a
 * block that others have filled is given up for another.
 */
import dgram from 'node:dgram';
import net from 'node:net';

const FIRST = 10240;
const LAST = 32256;
export const BLOCK = 512;

function listen(port, host) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.unref();
    server.once('error', () => resolve(null));
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });
}

async function isTcpFree(port) {
  const server = await listen(port, '0.0.0.0');
  if (!server) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

function isUdpFree(port) {
  return new Promise((resolve) => {
    const socket = dgram.createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address: '0.0.0.0', exclusive: true }, () =>
      socket.close(() => resolve(true)));
  });
}

async function isFree(port) {
  return (await isUdpFree(port)) && (await isTcpFree(port));
}

/** Holds the first port of a block that nobody holds. */
async function lockBlock() {
  const count = Math.floor((LAST - FIRST) / BLOCK);
  const start = Math.floor(Math.random() * count);
  for (let i = 0; i < count; i++) {
    const lock = await listen(FIRST + ((start + i) % count) * BLOCK, '127.0.0.1');
    if (lock) return lock;
  }
  throw new Error('no free block of ports');
}

export class PortBlock {
  constructor(lock) {
    this.locks = [];
    this.#begin(lock);
  }

  #begin(lock) {
    this.locks.push(lock);
    this.next = lock.address().port + 2;
    this.end = lock.address().port + BLOCK;
  }

  /** Reserves a block of this process' own. */
  static async reserve() {
    return new PortBlock(await lockBlock());
  }

  /** The first of `count` free ports in a row; even if there are several. One at a time: looking
   *  for a free port is not done at once. */
  take(count = 1) {
    const turn = (this.turn ?? Promise.resolve()).then(() => this.#take(count));
    this.turn = turn.catch(() => {});
    return turn;
  }

  async #take(count) {
    if (count > BLOCK / 2) throw new Error(`${count} ports are too many for a block`);
    for (let first = this.next; ; ) {
      if (count > 1) first += first % 2;
      if (first + count > this.end) {
        this.#begin(await lockBlock());
        first = this.next;
        continue;
      }
      const ports = Array.from({ length: count }, (_, i) => first + i);
      const free = await Promise.all(ports.map(isFree));
      const taken = free.lastIndexOf(false);
      this.next = first + count;
      if (taken < 0) return first;
      first = first + taken + 1;
    }
  }

  release() {
    this.locks.forEach((lock) => lock.close());
  }
}

let shared;

/** Ports for clients of this process: a block that lasts as long as the process. */
export async function freePort(count = 1) {
  return (await (shared ??= PortBlock.reserve())).take(count);
}
