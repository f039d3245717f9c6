/* Who hears the same gets the same packets, encoded once; and whoever begins or ends to talk, comes or
 * goes: nobody hears a gap or a click. (That the bytes go on as if nothing had happened is for
 * tests/unit/server/media/test_room_class.c.) */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Baresip } from '../../support/baresip.mjs';
import { Caller } from '../../support/caller.mjs';
import { waitToHear } from '../../support/ears.mjs';
import { startServer } from '../../support/server.mjs';
import { longestGap } from '../../support/tone.mjs';
import { sleep, until } from '../../support/wait.mjs';

const TALKERS = [{ name: 'tom', hz: 440 }, { name: 'tim', hz: 700 }];
const OPUS = { type: 111, map: 'opus/48000/2' };
const codec = [OPUS, 'PCMU']; /* is sent Opus, and may send either */

async function begin(t) {
  const server = await startServer({ t, set: { 'rooms.join_tone': 'none' } });
  const join = (name, options) => Caller.join({ t, server, room: 'once', name, codec, ...options });
  return { server, join };
}

const speak = (caller, hz, options) => caller.speak({ hz, codec: 'PCMU', ...options });

/** The next `count` packets of each, from a packet on that all of them have, by its payload. */
async function payloads(callers, count = 50) {
  const marks = callers.map(({ rtp }) => rtp.mark());
  await until(() => callers.every(({ rtp }, i) => rtp.mark() >= marks[i] + count + 15), { what: `${count} packets` });
  return callers.map(({ rtp }, i) => rtp.packets.slice(marks[i]).map((packet) => packet.payload.toString('hex')));
}

/** How many packets of `one` in a row are those of `other`, at the best place. */
function longestRun(one, other) {
  let longest = 0;
  for (let shift = -8; shift <= 8; shift++) {
    let run = 0;
    for (let i = 0; i < one.length; i++) {
      run = one[i] === other[i + shift] ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
  }
  return longest;
}

test('three listen, two talk: three encodes a tick, and the listeners get the same bytes', async (t) => {
  const { server, join } = await begin(t);
  const talkers = [];
  for (const { name } of TALKERS) talkers.push(await join(name));
  const listeners = [];
  for (const name of ['ann', 'bea', 'cat']) listeners.push(await join(name));
  await server.api.waitForParticipants('once', 5);
  talkers.forEach((caller, i) => speak(caller, TALKERS[i].hz));
  await server.api.waitForParticipants('once', 5, { fits: (p) => p.talking === /:t[oi]m@/.test(p.uri) });
  const same = async (callers) => {
    const [first, ...others] = await payloads(callers);
    for (const [i, other] of others.entries())
      assert.ok(longestRun(first, other) >= 45, `${callers[i + 1].name} is sent what ${callers[0].name} is: ${longestRun(first, other)} packets`);
    return first;
  };
  const heard = await same(listeners);
  const [tom, tim] = await payloads(talkers);
  for (const [one, other] of [[tom, heard], [tim, heard], [tom, tim]])
    assert.ok(longestRun(one, other) <= 5, 'who talks hears something else');
  const encodes = await server.api.metric('raduno_media_encodes_total');
  if (encodes !== undefined) {
    const ticks = listeners[0].rtp.mark();
    await sleep(1000);
    const made = (await server.api.metric('raduno_media_encodes_total')) - encodes;
    const passed = listeners[0].rtp.mark() - ticks;
    assert.ok(made <= 3 * (passed + 5), `${made} encodes in ${passed} ticks`);
  } else t.diagnostic('the API does not count encodes: only payloads were compared');
  await listeners[0].leave(); /* the leader is one of them */
  await same(listeners.slice(1));
  await listeners[2].leave();
  await talkers[0].rtp.stopTone();
  await server.api.waitForParticipants('once', 3, { fits: (p) => p.talking === p.uri.includes(':tim@') });
  await same([talkers[0], listeners[1]]);
});

/* A click is a step that the tones that are heard cannot make: the greatest second difference. */
function sharpness(samples, from, to) {
  let most = 0;
  for (let i = from + 2; i < to; i++) most = Math.max(most, Math.abs(samples[i] - 2 * samples[i - 1] + samples[i - 2]));
  return most;
}

/** Records what a real phone hears of tim while `change` happens, and checks it. */
async function goesOnHearing(phone, change) {
  const mark = phone.mark();
  await phone.listen(mark, 0.5);
  await change();
  const { rate, samples } = await phone.listen(mark, 2);
  const gap = longestGap(samples, rate);
  assert.ok(gap <= 60, `a gap of ${gap} ms`); /* a packet or two may be late on a busy machine */
  const usual = sharpness(samples, 0, 0.4 * rate);
  const most = sharpness(samples, 0, samples.length);
  assert.ok(most <= 4 * usual, `a click: ${most}, usually ${usual}`);
}

test('a real phone hears no gap and no click when it begins to talk, nor when others come and go', async (t) => {
  const { server, join } = await begin(t);
  const first = await join('first');
  const phone = await Baresip.start({ t, name: 'phone', hz: 440, codec: 'opus' });
  await phone.dial(server.uri('once'));
  const tim = await join('tim', { codec: 'PCMU', hz: 700 });
  const me = (await server.api.waitForParticipants('once', 3)).find((p) => p.uri.includes(':phone@'));
  const mute = async (muted) => (await server.api.patch(`/rooms/once/participants/${me.id}`, { muted })).expect(200);
  await mute(true);
  await waitToHear(phone, { present: [700], absent: [440] });
  await waitToHear(tim.rtp, { silent: true });
  await goesOnHearing(phone, () => mute(false));
  await waitToHear(tim.rtp, { present: [440], absent: [700] });
  await goesOnHearing(phone, () => mute(true));
  await waitToHear(tim.rtp, { silent: true });
  await goesOnHearing(phone, () => first.leave()); /* who led, and encoded for both */
  const next = await join('next');
  await goesOnHearing(phone, () => next.rtp.startReports({ every: 50, claim: { fraction: 60 } }));
  await goesOnHearing(phone, () => next.leave());
});
