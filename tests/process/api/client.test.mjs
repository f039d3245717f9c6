/* A client that a generator makes of openapi.yaml, with its types checked, works with the real server. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'node:test';
import { REPOSITORY, startServer } from '../../support/server.mjs';

const PACKAGES = path.join(REPOSITORY, 'build', 'web', 'node_modules');
const COMPILER = { strict: true, target: 'es2022', module: 'commonjs', lib: ['es2022', 'dom', 'dom.iterable'], types: [], rootDir: '.', outDir: 'js', noEmitOnError: true };

function run(directory, program, ...args) {
  const file = path.join(PACKAGES, program);
  if (!fs.existsSync(file)) throw new Error(`${file} is not installed: tests/run.sh process does it`);
  const { status, error, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { cwd: directory, encoding: 'utf8', timeout: 120000 });
  if (status !== 0) throw new Error(`${program}: ${error ?? status}\n${stdout}\n${stderr}`);
}

test('a generated client makes rooms, shares files, reads events', async (t) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-client-'));
  t.after(() => fs.rmSync(directory, { recursive: true }));
  const server = await startServer({ t });
  fs.writeFileSync(path.join(directory, 'openapi.yaml'), (await server.api.get('/openapi.yaml')).expect(200).body);
  run(directory, '@hey-api/openapi-ts/bin/index.cjs', '--input', 'openapi.yaml', '--output', 'client', '--plugins', '@hey-api/typescript', '@hey-api/sdk', '@hey-api/client-fetch');
  fs.copyFileSync(new URL('client_story.ts', import.meta.url), path.join(directory, 'story.ts'));
  fs.writeFileSync(path.join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER, include: ['story.ts', 'client'] }));
  run(directory, 'typescript/bin/tsc', '--project', '.');
  const { story } = await import(pathToFileURL(path.join(directory, 'js', 'story.js')));
  await story(server.apiUrl, server.token);
});
