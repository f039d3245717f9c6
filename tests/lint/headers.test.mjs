/* headers.test.mjs - each header stands alone: compiles, is guarded by its path, exports no taken name. */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import os from 'node:os';
import test from 'node:test';
import { promisify } from 'node:util';
import { ALL_C, files, none, paths, PRODUCT, ROOT } from './files.mjs';

/* Prefixes of the libraries we link with: a function of ours with one may be taken for theirs. */
const TAKEN = /\b(sip|sdp|soa|su|msg|http|nua|nta|tport|stun|auth|url|tls|srtp|json|av[a-z]*|sws|swr|MHD)_\w+\(/;
const PACKAGES = ['sofia-sip-ua', 'jansson', 'libmicrohttpd', 'sqlite3', 'opus', 'speexdsp', 'libcrypto', 'libcurl'];

test('each header compiles alone', { timeout: 300000 }, async () => {
  const flags = execFileSync('pkg-config', ['--cflags', ...PACKAGES], { encoding: 'utf8' }).trim().split(/\s+/);
  const complaints = [];
  const waiting = paths(/\.h$/);
  const worker = async () => {
    for (let path; (path = waiting.pop()); ) {
      const options = ['-std=gnu11', '-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE', '-DRADUNO_VERSION="0"',
        '-fsyntax-only', '-I', '.', ...flags, '-include', path, '-x', 'c', '/dev/null'];
      await promisify(execFile)('gcc', options, { cwd: ROOT }).catch((error) =>
        complaints.push(`${path}: ${(error.stderr || error.message).split('\n').slice(0, 6).join('\n    ')}`));
    }
  };
  await Promise.all(Array.from({ length: os.cpus().length }, worker));
  none(complaints);
});

test('a guard is the path in capitals', () => {
  const complaints = [];
  for (const { path, text } of files(/\.h$/)) {
    const guard = path.replace(/[/.-]/g, '_').toUpperCase();
    const [first, second] = text.split('\n').filter((line) => line.startsWith('#'));
    if (first !== `#ifndef ${guard}` || second !== `#define ${guard}` || !/\n#endif\n$/.test(text))
      complaints.push(`${path}: the guard is not ${guard}`);
  }
  none(complaints);
});

test('no header declares a function with a name that a library may have', () => {
  const complaints = [];
  for (const { path, text } of files(/\.h$/)) {
    if (!PRODUCT.test(path)) continue;
    text.replace(/\/\*[^]*?\*\//g, (comment) => comment.replace(/[^\n]/g, '')).split('\n').forEach((line, at) => {
      if (TAKEN.test(line)) complaints.push(`${path}:${at + 1}: ${line.trim()}`);
    });
  }
  none(complaints);
});

test('each source has its header, or its folder has one for all its sources', () => {
  const complaints = [];
  const headers = new Set(paths(/\.h$/));
  for (const { path, text } of files(PRODUCT)) {
    if (!path.endsWith('.c') || path === 'server/main.c' || headers.has(path.replace(/c$/, 'h'))) continue;
    if (!/#include "[\w/]+_internal\.h"/.test(text)) complaints.push(`${path} has no header`);
  }
  none(complaints);
});

test('each C file begins with its name', () => {
  const complaints = [];
  for (const { path, text } of files(ALL_C)) {
    const name = path.split('/').at(-1);
    if (!text.startsWith(`/* ${name} - `) && !text.startsWith(`/*\n * ${name} - `))
      complaints.push(`${path} does not begin with "${name} - what it is"`);
  }
  none(complaints);
});

/* Lines of a sentence begin at the margin; code and what belongs to "Thread   " and the like are indented. */
test('what a header says first keeps its columns', () => {
  const complaints = [];
  const label = /^ [A-Z](\w{2,} {2,}|[\w ]{7} )\S/;
  for (const { path, text } of files(/\.h$/)) {
    const lines = (/^\/\*\n([^]*?)\n \*\//.exec(text)?.[1] ?? '').split('\n').map((line) => line.slice(2));
    lines.forEach((line, at) => {
      const before = lines[at - 1] ?? '';
      const follows = /^ {3}/.test(before) || /^ [A-Z]\w{2,} {2,}\S/.test(before);
      if (follows && /^ \S/.test(line) && !label.test(line)) complaints.push(`${path}:${at + 2}: belongs to the line above`);
      if (/\S (Shape|Thread|Errors|Source|Owner) {2,}\S/.test(line)) complaints.push(`${path}:${at + 2}: begins in mid-line`);
      if (line.length > 94) complaints.push(`${path}:${at + 2}: is too long`);
    });
  }
  none(complaints);
});
