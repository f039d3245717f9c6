/* What lies in docker/ fits the server: its settings are settings, its ports are the defaults, its queries are of metrics. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { parseYaml } from '../../../api/web/yaml.mjs';
import { REPOSITORY, runServer, startServer } from '../../support/server.mjs';

const DOCKER = path.join(REPOSITORY, 'docker');
const read = (...names) => fs.readFileSync(path.join(DOCKER, ...names), 'utf8');
const schema = JSON.parse(fs.readFileSync(path.join(REPOSITORY, 'conf', 'schema.json'), 'utf8'));

function filesBelow(folder) {
  return fs.readdirSync(path.join(DOCKER, folder), { withFileTypes: true }).flatMap((entry) =>
    (entry.isDirectory() ? filesBelow(path.join(folder, entry.name)) : [path.join(folder, entry.name)]));
}

/** The names of all variables of the server, and the keys' defaults. */
const variables = new Map(Object.entries(schema.properties).filter(([, group]) => group.properties).flatMap(([group, { properties }]) =>
  Object.entries(properties).map(([name, key]) => [`RADUNO_${group}_${name}`.toUpperCase(), key.default])));

test('each variable that is set somewhere is one of the server, with a value that it takes', async () => {
  const texts = ['Dockerfile', 'compose.yaml', 'README.md', ...filesBelow('kubernetes')].map((name) => [name, read(name)]);
  let seen = 0;
  for (const [name, text] of texts) {
    for (const [variable] of text.matchAll(/RADUNO_[A-Z0-9_]+\b/g)) {
      assert.ok(variables.has(variable) || variable === 'RADUNO_API_ADMIN_TOKEN_FILE', `${name}: ${variable}`);
      seen++;
    }
  }
  assert.ok(seen > 10);
  const compose = parseYaml(read('compose.yaml')).services.raduno.environment;
  const literals = ['base', 'load-balancer'].map((folder) => read('kubernetes', folder, 'kustomization.yaml'))
    .flatMap((text) => [...text.matchAll(/- (RADUNO_\w+)=(.*)/g)].map(([, name, value]) => [name, value]));
  assert.ok(literals.length >= 5);
  for (const [name, value] of [...Object.entries(compose), ...literals]) {
    const env = { [name]: String(value).replace(/\$\{\w+:-(.*?)\}/, '$1') };
    const { code, log } = await runServer(['--check'], { env });
    assert.equal(code, 0, log.join('\n'));
  }
});

test('the ports that are opened are those that the server has', () => {
  const exposed = /^EXPOSE (.*)$/m.exec(read('Dockerfile'))[1].split(' ');
  const browser = variables.get('RADUNO_MEDIA_BROWSER_PORT');
  for (const port of [`${variables.get('RADUNO_MEDIA_PORTS')}/udp`, `${browser}/udp`, `${browser}/tcp`, '5060/udp', '5060/tcp', '8080/tcp'])
    assert.ok(exposed.includes(port), port);
  const service = read('kubernetes', 'load-balancer', 'service.yaml');
  const [, first, last] = /RADUNO_MEDIA_PORTS=(\d+)-(\d+)/.exec(read('kubernetes', 'load-balancer', 'kustomization.yaml')).map(Number);
  const listed = [...service.matchAll(/name: media-(\d+), port: (\d+), protocol: UDP/g)].map(([, name, port]) => (assert.equal(name, port), Number(port)));
  assert.deepEqual(listed, Array.from({ length: last - first + 1 }, (_, i) => first + i));
});

test('each query of the dashboard is of metrics that there are', async (t) => {
  const server = await startServer({ t });
  const metrics = (await server.api.get('/metrics', { root: true })).expect(200).body;
  const types = new Map([...metrics.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name, type]));
  const { panels } = JSON.parse(read('monitoring', 'dashboard.json'));
  assert.ok(panels.length > 10);
  for (const { title, targets } of panels) {
    for (const { expr } of targets) {
      const names = [...expr.matchAll(/\b(?:raduno|process)_\w+/g)].map(([name]) => name);
      assert.ok(names.length, `${title}: ${expr}`);
      for (const name of names) {
        const base = name.replace(/_bucket$/, '');
        assert.ok(types.has(base), `${title}: there is no ${name}`);
        assert.equal(types.get(base) === 'histogram', name.endsWith('_bucket'), `${title}: ${name}`);
        if (/\brate\(/.test(expr) && name.endsWith('_total')) assert.equal(types.get(name), 'counter', `${title}: ${name}`);
      }
    }
  }
});

test('what the README sends to the API is taken', async (t) => {
  const server = await startServer({ t });
  const sent = [...read('README.md').matchAll(/--json '(.*)' \$api(\/\w+)$/gm)];
  assert.equal(sent.length, 3);
  for (const [, body, where] of sent) (await server.api.post(where, JSON.parse(body))).expect(201);
});
