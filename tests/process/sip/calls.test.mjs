/* Phones that call in, by SIPp: each flow of a dialog, over UDP and TCP, IPv4 and IPv6. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { runSipp } from '../../support/sipp.mjs';
import { startServer } from '../../support/server.mjs';
import { until } from '../../support/wait.mjs';

const scenario = (name) => new URL(`scenario/${name}.xml`, import.meta.url);
const flows = [
  'invite', 'late_offer', 'late_offer_unanswered', 'cancel', 'options', 'prack', 'prack_late_offer', 'hold', 'update',
  'change_refused', 'reinvite_without_offer', 'glare',
];
const ways = [
  { way: 'UDP', transport: 'u1', host: '127.0.0.1' },
  { way: 'TCP', transport: 't1', host: '127.0.0.1' },
  { way: 'UDP over IPv6', transport: 'u1', host: '[::1]' },
  { way: 'TCP over IPv6', transport: 't1', host: '[::1]' },
];

/** Runs one flow; what SIPp saw is the explanation of a failure. */
async function run(server, name, { transport = 'u1', host = '127.0.0.1', ...options } = {}) {
  const result = await runSipp({
    scenario: scenario(name), remote: `${host}:${server.sipPort}`, service: 'blue', transport, keys: { nowhere: host === '[::1]' ? '::' : '0.0.0.0' }, ...options,
  });
  assert.equal(result.code, 0, `${name}: ${result.errors}\n${result.messages.slice(-6000)}`);
  return result;
}

async function isEmpty(server) {
  await until(async () => (await server.api.get('/rooms')).expect(200).body.items.length === 0, { what: 'no room is left' });
}

test('every flow, over every transport', async (t) => {
  const server = await startServer({ t });
  for (const { way, transport, host } of ways) {
    for (const name of flows) await t.test(`${name} over ${way}`, () => run(server, name, { transport, host }));
  }
  await isEmpty(server);
});

test('ten calls at once, twenty times', async (t) => {
  const server = await startServer({ t, set: { 'sip.rate_per_source': 0 } });
  await run(server, 'invite', { calls: 200, args: ['-r', '100', '-l', '10'] });
  await isEmpty(server);
});
