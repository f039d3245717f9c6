/* style.test.mjs - format, length of functions, blanks, READMEs, shell scripts; what is not to be called. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import test from 'node:test';
import { ALL_C, files, none, paths, PRODUCT, ROOT } from './files.mjs';

const LONGEST_FUNCTION = 120;
const LONG_FUNCTION = 80;
const LONGEST_README = 25;

/** What a program says of its version; '' if it is not installed. */
function version(program) {
  return spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout ?? '';
}

/** Functions of a formatted C file: { name, line, length }, braces not counted. */
function functions(text) {
  const lines = text.split('\n');
  const found = [];
  for (let at = 1; at < lines.length; at++) {
    if (lines[at] !== '{' || /^}/.test(lines[at - 1])) continue;
    const end = lines.indexOf('}', at);
    let head = at - 1;
    while (head && /^[ )]/.test(lines[head])) head--;
    found.push({ name: /(\w+)\(/.exec(lines[head])?.[1] ?? lines[head], line: head + 1, length: end - at - 1 });
  }
  return found;
}

test('clang-format changes nothing', { skip: !/version 14\./.test(version('clang-format')) && 'no clang-format 14' }, () => {
  const { stderr } = spawnSync('clang-format', ['--dry-run', ...paths(ALL_C)], { cwd: ROOT, encoding: 'utf8' });
  none([...new Set(stderr.match(/^[^:\s]+:\d+(?=:\d+: warning)/gm))].map((place) => `${place}: clang-format -i`));
});

test('functions are short', (t) => {
  const all = files(ALL_C).flatMap(({ path, text }) =>
    functions(text).map((one) => ({ ...one, where: `${path}:${one.line}: ${one.name}(), ${one.length} lines` })));
  const product = all.filter(({ where }) => PRODUCT.test(where.split(':')[0]));
  const lengths = product.map(({ length }) => length).sort((a, b) => a - b);
  const share = (part) => lengths[Math.floor(part * (lengths.length - 1))];
  t.diagnostic(`${lengths.length} functions: median ${share(0.5)} lines, p90 ${share(0.9)}, longest ${share(1)}`);
  product.filter(({ length }) => length > LONG_FUNCTION).forEach(({ where }) => t.diagnostic(`long: ${where}`));
  assert.ok(lengths.length > 100, 'the functions were not found');
  none(all.filter(({ length }) => length > LONGEST_FUNCTION).map(({ where }) => where));
});

test('no blanks at the end of a line, and every file ends with a line', () => {
  const complaints = [];
  for (const { path, text } of files(/(\.(c|h|mjs|js|sh|md|json|yaml|yml|css|html|rules)|CMakeLists\.txt|Dockerfile|\.ci\/run)$/)) {
    const line = text.split('\n').findIndex((one) => /[ \t\r]$/.test(one));
    if (line >= 0) complaints.push(`${path}:${line + 1}: blanks at the end`);
    if (text && !/[^\n]\n$/.test(text)) complaints.push(`${path}: must end with one newline`);
  }
  none(complaints);
});

/* A request may have had to wait (parking.h); the stack's current one is another then, or none. */
test('the request at hand is asked for by ua_request() alone', () => {
  const complaints = [];
  for (const { path, text } of files(/^server\/sip\/(?!ua\.c|parking\.c)\w+\.[ch]$/)) {
    const found = /NUTAG_WITH_(THIS|CURRENT)|nua_current_request|nua_save_event/.exec(text);
    if (found) complaints.push(`${path}: ${found[0]}`);
  }
  none(complaints);
});

test('a folder README is a page', () => {
  const complaints = [];
  for (const { path, text } of files(/^(mixer|server|api|conf|tests)(\/\w+)?\/README\.md$/)) {
    const lines = text.split('\n').length - 1;
    if (!path.startsWith('tests/bench/') && lines > LONGEST_README)
      complaints.push(`${path}: ${lines} lines, at most ${LONGEST_README}`);
  }
  none(complaints);
});

test('shellcheck has nothing to say', { skip: !version('shellcheck') && 'no shellcheck' }, () => {
  const scripts = files(/(\.sh|^\.ci\/run)$/).filter(({ text }) => /^#!.*\b(ba)?sh\b/.test(text));
  try {
    execFileSync('shellcheck', ['-x', '-S', 'warning', ...scripts.map(({ path }) => path)], { cwd: ROOT, encoding: 'utf8' });
  } catch (error) {
    assert.fail(error.stdout || error.message);
  }
});
