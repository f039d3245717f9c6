/* includes.test.mjs - the include arrows and the library places of includes.rules. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { ALL_C, files, none, PRODUCT, ROOT } from './files.mjs';

const folders = new Map();
const libraries = new Map();
for (const line of fs.readFileSync(new URL('includes.rules', import.meta.url), 'utf8').split('\n')) {
  const rule = /^(<?)([^:>]+)>?:(.*)$/.exec(line.replace(/#.*/, ''));
  if (rule) (rule[1] ? libraries : folders).set(rule[2], rule[3].trim().split(/\s+/).filter(Boolean));
}

/** The folder of the rules that a path belongs to. */
function folderOf(path) {
  const fitting = [...folders.keys()].filter((folder) => path.startsWith(`${folder}/`));
  return fitting.sort((a, b) => b.length - a.length)[0];
}

/** Every #include of a file: { line, quoted, name }. */
function includes(text) {
  return text.split('\n').flatMap((line, at) => {
    const found = /^\s*#\s*include\s+(["<])([^">]+)[">]/.exec(line);
    return found ? [{ line: at + 1, quoted: found[1] === '"', name: found[2] }] : [];
  });
}

test('the rules have no circle', () => {
  const below = (folder, seen) => {
    assert.ok(!seen.includes(folder), `circle: ${[...seen, folder].join(' > ')}`);
    assert.ok(folders.has(folder), `${seen.at(-1)} may include ${folder}, which has no rule`);
    for (const next of folders.get(folder)) below(next, [...seen, folder]);
  };
  for (const folder of folders.keys()) below(folder, []);
});

test('arrows only go down', () => {
  const complaints = [];
  for (const { path, text } of files(PRODUCT)) {
    const own = folderOf(path);
    if (!own) complaints.push(`${path}: no rule for its folder in includes.rules`);
    for (const { line, quoted, name } of own ? includes(text) : []) {
      const target = quoted && folderOf(name);
      if (target && target !== own && !folders.get(own).includes(target))
        complaints.push(`${path}:${line}: ${own} must not include ${name}`);
    }
  }
  none(complaints);
});

test('what is quoted is a full path from the root; what is internal stays inside', () => {
  const complaints = [];
  for (const { path, text } of files(ALL_C))
    for (const { line, quoted, name } of includes(text)) {
      if (!quoted) continue;
      if (!fs.existsSync(ROOT + name)) complaints.push(`${path}:${line}: ${name} is no path from the root`);
      const folder = /^(.*)\/\w+_internal\.h$/.exec(name)?.[1];
      const isOwn = path.startsWith(`${folder}/`) || path.startsWith(`tests/unit/${folder}/`);
      if (folder && !isOwn) complaints.push(`${path}:${line}: ${name} belongs to ${folder} alone`);
    }
  none(complaints);
});

test('each library is included in its place only', () => {
  const complaints = [];
  for (const { path, text } of files(PRODUCT))
    for (const { line, quoted, name } of includes(text)) {
      const library = !quoted && [...libraries.keys()].find((beginning) => name.startsWith(beginning));
      if (library && !libraries.get(library).includes(folderOf(path)))
        complaints.push(`${path}:${line}: <${name}> only in ${libraries.get(library).join(', ')}`);
    }
  none(complaints);
});
