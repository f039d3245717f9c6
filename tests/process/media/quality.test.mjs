/*
 * How a voice sounds over a bad network and after bad input: bench-ear (tests/bench) speaks, loses
 * by a seed, and compares what another caller hears with what was said.
 *
 * A busy machine may stop a program for a while, which is heard as if the server had done it. So a
 * check that fails is made again, with the same losses; what the server does wrong fails each time.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { Child } from '../../support/process.mjs';
import { REPOSITORY, startServer } from '../../support/server.mjs';

const EAR = path.join(REPOSITORY, 'build', 'bench-ear');
const ATTEMPTS = 3;
const LOSS = ['--loss', '5', '--seconds', '12', '--seed', '5'];
const JUMP = ['--fault', 'timestamp', '--fault-at', '4', '--third', '--seconds', '9'];

/** What bench-ear found out, as an object. */
async function listen(server, room, args) {
  const child = new Child(EAR, ['--server', `127.0.0.1:${server.sipPort}`, '--room', room, ...args], { name: 'bench-ear' });
  const { code } = await child.exited;
  assert.equal(code, 0, child.tail());
  return JSON.parse(child.lines.find((line) => line.startsWith('{')));
}

/** Listens until `check` is content, a few times at most. */
async function listenAndCheck(server, room, args, check) {
  for (let attempt = 1; ; attempt++) {
    const found = await listen(server, room, args);
    try {
      check(found);
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw new Error(`${error.message}\n  ${JSON.stringify(found)}`);
    }
  }
}

function assertWhole({ heard_percent: heard, longest_silence_ms: silence }, who) {
  assert.ok(heard >= 98, `${heard} % of ${who}'s speech is heard`);
  assert.ok(silence <= 60, `${who} is not heard for ${silence} ms`);
}

test('a voice over a bad network', { concurrency: true }, async (t) => {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none' } });
  await Promise.all([
    ...['pcmu', 'opus'].map((codec) => t.test(`${codec}: 5 % of loss leaves no holes`, () =>
      listenAndCheck(server, codec, ['--codec', codec, ...LOSS], (found) => {
        assert.ok(found.sent < found.packets, 'nothing was lost');
        assertWhole(found, 'A');
        assert.ok(found.stoi > 0.8, `intelligibility ${found.stoi}`);
      }))),
    ...['pcmu', 'opus'].map((codec) => t.test(`${codec}: a jump of the time stamps is over within 200 ms`, () =>
      listenAndCheck(server, `jump-${codec}`, ['--codec', codec, ...JUMP], (found) => {
        assert.ok(found.resync_ms >= 0 && found.resync_ms <= 200, `A is heard again after ${found.resync_ms} ms`);
        assertWhole(found.third, 'C');
      }))),
  ]);
});
