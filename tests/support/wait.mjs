/*
 * wait.mjs - conditions instead of sleeps: asks again until it is so, and says what was not so.
 *
 *   await until(() => events.length >= 2, { timeout: 5000, what: 'two events' });
 *   const room = await until(async () => (await api.get('/rooms/x')).body?.participants === 3);
 *
 * until() resolves with the first truthy answer. A condition that throws counts as "not yet"; its
 * last words are in the message. RADUNO_TEST_SLOWNESS (1; 3-5 for sanitizer builds) stretches all
 * time limits. explain(fn) adds what fn() says (a log's tail) to every failure of until();
 * it returns a function that takes it back.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export const SLOWNESS = Math.max(1, Number(process.env.RADUNO_TEST_SLOWNESS) || 1);
export const DEFAULT_TIMEOUT = 10000;

/** A time limit in ms, stretched for slow builds. */
export const scaled = (ms) => ms * SLOWNESS;

export { sleep };

const explainers = new Set();

export function explain(fn) {
  explainers.add(fn);
  return () => explainers.delete(fn);
}

export function explanations() {
  return [...explainers].map((fn) => fn()).filter(Boolean).join('\n');
}

function show(value) {
  if (value instanceof Error) return value.message;
  try {
    return String(JSON.stringify(value)).slice(0, 600);
  } catch {
    return String(value);
  }
}

/** Asks `condition` every `every` ms (not scaled) until it is truthy, or fails after `timeout`. */
export async function until(condition, { timeout = DEFAULT_TIMEOUT, every = 25, what } = {}) {
  const limit = scaled(timeout);
  const end = performance.now() + limit;
  let last;
  for (;;) {
    try {
      last = await condition();
      if (last) return last;
    } catch (error) {
      if (error.isFatal) throw error;
      last = error;
    }
    if (performance.now() >= end) break;
    await sleep(every);
  }
  const name = what ?? condition.toString().replace(/\s+/g, ' ').slice(0, 200);
  throw new Error(`not within ${limit} ms: ${name} (last: ${show(last)})\n${explanations()}`);
}

/** Rejects with `what` if the promise takes longer than `timeout`. */
export async function within(promise, { timeout = DEFAULT_TIMEOUT, what = 'a promise' } = {}) {
  const limit = scaled(timeout);
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`not within ${limit} ms: ${what}\n${explanations()}`)), limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** An error that until() does not wait out. */
export function fatal(message) {
  return Object.assign(new Error(message), { isFatal: true });
}
