/* A sender that changes its packet time in mid-call is heard again at once, whatever it was. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { NEW, beginSpeaking, changes, goesOn } from './den.mjs';

test('packets of 10, 20, 40, 60, 120 and 20 ms in one stream', async (t) => {
  const all = await beginSpeaking(t);
  for (const ptime of [10, 20, 40, 60, 120, 20]) {
    await changes(all, () => {}, { ptime });
  }
  await goesOn(all, [NEW]);
  const { packets_malformed: malformed, buffer_ms: buffer } = await all.media();
  assert.equal(malformed, 0);
  assert.ok(buffer <= 200, `${buffer} ms wait`);
});
