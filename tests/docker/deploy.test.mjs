/*
 * What stands around the image, read and run by the programs that it is for: compose, kustomize, Caddy, Prometheus, coturn.
 * docker/try.sh installs them, and what is taken from npm, of which RADUNO_NODE_MODULES says where.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { parseYaml } from '../../api/web/yaml.mjs';
import { PortBlock } from '../support/ports.mjs';
import { Child } from '../support/process.mjs';
import { until } from '../support/wait.mjs';
import { Container } from './container.mjs';

const DOCKER = path.resolve(import.meta.dirname, '..', '..', 'docker');
const require = createRequire(path.join(process.env.RADUNO_NODE_MODULES, 'none.js'));
const read = (...names) => fs.readFileSync(path.join(DOCKER, ...names), 'utf8');
const run = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' });

function folder(t) {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-deploy-'));
  t.after(() => fs.rmSync(made, { recursive: true, force: true }));
  return made;
}

async function portsOf(t, count) {
  const block = await PortBlock.reserve();
  t.after(() => block.release());
  return Promise.all(Array.from({ length: count }, () => block.take()));
}

test('compose takes its file: the server alone, and each profile', () => {
  const { services } = require('yaml').parse(run('docker-compose', '-f', path.join(DOCKER, 'compose.yaml'), 'config'));
  const profiles = Object.fromEntries(Object.entries(services).map(([name, service]) => [name, service.profiles]));
  assert.deepEqual(profiles, { raduno: undefined, proxy: ['tls'], prometheus: ['monitoring'], grafana: ['monitoring'], turn: ['turn'] });
});

test('kustomize makes objects that Kubernetes takes', () => {
  for (const variant of ['host-network', 'load-balancer']) {
    const objects = require('yaml').parseAllDocuments(run('kubectl', 'kustomize', path.join(DOCKER, 'kubernetes', variant))).map((one) => one.toJS());
    assert.ok(objects.length >= 4, variant);
    for (const object of objects) {
      const group = object.apiVersion.includes('/') ? object.apiVersion.replace('.k8s.io', '') : object.apiVersion;
      const { [object.kind]: Model } = require(`kubernetes-models/${group}`);
      new Model(object).validate();
    }
    const { spec } = objects.find(({ kind }) => kind === 'StatefulSet');
    const config = objects.find(({ kind }) => kind === 'ConfigMap').metadata.name;
    assert.ok(spec.template.spec.containers[0].envFrom.some(({ configMapRef }) => configMapRef?.name === config), 'the settings are its settings');
    assert.throws(() => new (require('kubernetes-models/apps/v1').StatefulSet)({ spec: { ...spec, serviceName: 1 } }).validate(), 'it can say no');
  }
});

test('Caddy brings pages, the API and events by HTTPS, as they come', async (t) => {
  const container = await Container.start({ t });
  const [https, http, admin] = await portsOf(t, 3);
  const home = folder(t), file = path.join(home, 'Caddyfile');
  const { port } = new URL(container.api.url);
  fs.writeFileSync(file, `{\n\tadmin 127.0.0.1:${admin}\n\thttp_port ${http}\n\tskip_install_trust\n}\n${read('Caddyfile').replace('127.0.0.1:8080', `127.0.0.1:${port}`)}`);
  const caddy = new Child('caddy', ['run', '--config', file, '--adapter', 'caddyfile'],
    { env: { PATH: process.env.PATH, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, CONFERENCE_NAME: `localhost:${https}` } });
  t.after(() => caddy.end());
  const authority = path.join(home, 'caddy', 'pki', 'authorities', 'local', 'root.crt');
  const curl = (...args) => run('curl', '-sS', '--max-time', '20', '--cacert', authority, ...args);
  const site = `https://localhost:${https}`;
  await until(() => fs.existsSync(authority) && caddy.lines.some((line) => line.includes('serving initial configuration')), { what: 'Caddy serves', timeout: 30000 });
  assert.match(await until(() => { try { return curl(`${site}/join/blue`); } catch { return null; } }, { what: 'the page', timeout: 30000 }), /<title>/);

  const bearer = `Authorization: Bearer ${container.api.token}`;
  const events = new Child('curl', ['-sSN', '--cacert', authority, '-H', bearer, `${site}/api/v1/events`]);
  t.after(() => events.end());
  await until(() => events.lines.length > 0, { what: 'the stream has begun', timeout: 20000 });
  assert.equal(curl('-o', '/dev/null', '-w', '%{http_code}', '-H', bearer, '--json', '{"name": "board"}', `${site}/api/v1/rooms`), '201');
  await until(() => events.lines.some((line) => line.includes('board')), { what: 'the event has come through the proxy', timeout: 20000 });
});

test('Prometheus reads the metrics with a token of its own', async (t) => {
  const metricsToken = 'good-for-metrics-only-0123456789';
  const container = await Container.start({ t, env: { RADUNO_API_METRICS_TOKEN: metricsToken } });
  const [web] = await portsOf(t, 1);
  const home = folder(t), token = path.join(home, 'token'), file = path.join(home, 'prometheus.yml');
  const { port } = new URL(container.api.url);
  fs.writeFileSync(file, read('monitoring', 'prometheus.yml').replace('/run/token', token).replace('127.0.0.1:8080', `127.0.0.1:${port}`).replace('15s', '1s'));
  run('promtool', 'check', 'config', '--syntax-only', file);
  const [shell, ...args] = require('yaml').parse(read('compose.yaml')).services.prometheus.entrypoint.map((arg) => arg
    .replaceAll('$$', '$').replace('/run/token', token).replace('/bin/prometheus', 'prometheus')
    .replace('/etc/prometheus/prometheus.yml', file).replace('=/prometheus', `=${home}/data`).replace('9090', web));
  const prometheus = new Child(shell, args, { env: { ...process.env, METRICS_TOKEN: metricsToken } });
  t.after(() => prometheus.end());
  const ask = async (query) => {
    try {
      return (await (await fetch(`http://127.0.0.1:${web}/api/v1/query?query=${encodeURIComponent(query)}`)).json()).data.result;
    } catch {
      return [];
    }
  };
  await until(async () => (await ask('up{job="raduno"}'))[0]?.value[1] === '1', { what: 'the server is up', timeout: 30000 });
  for (const { title, targets } of JSON.parse(read('monitoring', 'dashboard.json')).panels) {
    for (const { expr } of targets) {
      const answer = await (await fetch(`http://127.0.0.1:${web}/api/v1/query?query=${encodeURIComponent(expr.replaceAll('$__rate_interval', '1m'))}`)).json();
      assert.equal(answer.status, 'success', `${title}: ${expr}: ${answer.error}`);
    }
  }
});

test('coturn relays to the server, and nowhere else', async (t) => {
  const [port, peer] = await portsOf(t, 2);
  const home = folder(t), file = path.join(home, 'turn.conf');
  fs.writeFileSync(file, `user=phone:secret\nlistening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nlistening-port=${port}\nallow-loopback-peers\nno-tls\nno-dtls\npidfile=${home}/pid\n`);
  const args = parseYaml(read('compose.yaml')).services.turn.command.map((arg) => arg.replace('/etc/coturn/turn.conf', file).replace(/\$\{\w+:-(.*?)\}/, '$1'));
  const turn = new Child('turnserver', [...args, '--log-file=stdout', '--userdb', `${home}/db`]);
  t.after(() => turn.end());
  const echo = new Child('turnutils_peer', ['-L', '127.0.0.1', '-p', `${peer}`]);
  t.after(() => echo.end());
  const relay = (address) => {
    const client = new Child('timeout', ['20', 'turnutils_uclient', '-v', '-u', 'phone', '-w', 'secret', '-p', `${port}`, '-e', address, '-r', `${peer}`, '-n', '5', '-m', '1', '-c', '127.0.0.1']);
    t.after(() => client.end());
    return client.exited.then(() => client.lines.join('\n'));
  };
  await until(() => run('ss', '-Hlun', `sport = :${port}`) && run('ss', '-Hlun', `sport = :${peer}`), { what: 'both listen', timeout: 20000 });
  assert.match(await relay('127.0.0.1'), /tot_send_msgs=5, tot_recv_msgs=5$/m);
  assert.match(await relay('127.0.0.9'), /error 403 \(Forbidden IP\)/);
});
