/*
 * files.mjs - the files of the project, without what is built, kept or fetched.
 *
 *   for (const { path, text } of files(/\.[ch]$/)) ...     path from the root, "conf/conf.c"
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SKIPPED = /^(\.git|build|data|node_modules)$/;

function* walk(folder) {
  for (const entry of fs.readdirSync(ROOT + folder, { withFileTypes: true })) {
    const path = folder + entry.name;
    if (entry.isDirectory() && !SKIPPED.test(entry.name)) yield* walk(`${path}/`);
    else if (entry.isFile()) yield path;
  }
}

const all = [...walk('')].sort();

export function paths(pattern) {
  return all.filter((path) => pattern.test(path));
}

export function files(pattern) {
  return paths(pattern).map((path) => ({ path, text: fs.readFileSync(ROOT + path, 'utf8') }));
}

/** C files that make up the product, and those that test it. */
export const PRODUCT = /^(mixer|conf|server|api)\/.*\.[ch]$/;
export const ALL_C = /\.[ch]$/;

/** Fails with these complaints, if there are any. */
export function none(complaints) {
  if (complaints.length) assert.fail(`\n  ${complaints.join('\n  ')}\n`);
}
