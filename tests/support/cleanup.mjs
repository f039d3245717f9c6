/*
 * cleanup.mjs - what a test leaves behind is taken away in the opposite order: calls before servers.
 *
 *   atEnd(t, () => server.stop());
 *
 * node:test runs after-hooks in the order they were given; a phone that outlives its server is not
 * what a test means. Every step runs, whatever the others do; the first error fails the test.
 */
const stacks = new WeakMap();

async function unwind(stack) {
  let first;
  while (stack.length) {
    try {
      await stack.pop()();
    } catch (error) {
      first ??= error;
    }
  }
  if (first) throw first;
}

/** Runs `step` when the test (or whatever has after()) ends. Without `t`: never. */
export function atEnd(t, step) {
  if (!t) return;
  let stack = stacks.get(t);
  if (!stack) {
    stacks.set(t, (stack = []));
    t.after(() => unwind(stack));
  }
  stack.push(step);
}
