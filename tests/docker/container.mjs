/*
 * container.mjs - the image as a container of podman, read-only, without rights, as docker/README.md says.
 *
 *   const container = await Container.start({ t });       a volume and ports of its own; ready to be called
 *   container.api  container.uri('blue')  container.volume
 *   container.exec('id', '-u')                             { code, out } of a command in it
 *   const { code } = await container.stop();               podman stop; the exit code of the server
 *   await container.kill9();  await container.restart();
 *   await Container.run({ t, volume, env })                one that is meant to end by itself: { code, lines };
 *                                                          without a volume the image's own is left out, too
 *
 * docker/try.sh sets RADUNO_PODMAN (the command with its options) and RADUNO_IMAGE.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Api } from '../support/api.mjs';
import { PortBlock } from '../support/ports.mjs';
import { Child } from '../support/process.mjs';
import { fatal, until } from '../support/wait.mjs';

const [PODMAN, ...OPTIONS] = (process.env.RADUNO_PODMAN ?? 'podman').split(' ');
const IMAGE = process.env.RADUNO_IMAGE ?? 'raduno';
const USER = 10000;
const RTP_PORTS = 240;
const START_TIMEOUT = 120000; // podman may have to copy the image first

function podman(...args) {
  const { status, stdout, stderr } = spawnSync(PODMAN, [...OPTIONS, ...args], { encoding: 'utf8', timeout: START_TIMEOUT });
  return { code: status, out: stdout + stderr };
}

/** A folder that stands for a volume: podman and docker give a new volume to the user of the image. */
export function makeVolume(t, { owner = USER } = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-volume-'));
  fs.chownSync(folder, owner, owner);
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export class Container {
  constructor({ volume, env = {}, ports, args = [], mounts = [] }) {
    this.name = `raduno-test-${randomBytes(4).toString('hex')}`;
    Object.assign(this, { volume, env, ports, args, mounts });
  }

  #launch() {
    const env = Object.entries(this.env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const mounts = [...(this.volume ? [`${this.volume}:/data`] : []), ...this.mounts].flatMap((mount) => ['-v', mount]);
    this.child = new Child(PODMAN, [...OPTIONS, 'run', '--rm', '--name', this.name, '--pull', 'never', '--network', 'host',
      '--read-only', '--read-only-tmpfs=false', '--cap-drop', 'all', '--security-opt', 'no-new-privileges', '--no-healthcheck',
      ...(this.volume ? [] : ['--image-volume', 'ignore']), ...mounts, ...env, IMAGE, ...this.args], { name: this.name });
  }

  /** Runs one until it ends. */
  static async run({ t, ...options }) {
    const container = new Container(options);
    t.after(() => podman('rm', '-f', container.name));
    container.#launch();
    const { code } = await container.child.exited;
    return { code, lines: container.child.lines };
  }

  static async start({ t, volume = makeVolume(t), env = {} }) {
    const ports = await PortBlock.reserve();
    const [sip, api, browser, rtp] = [await ports.take(), await ports.take(), await ports.take(), await ports.take(RTP_PORTS)];
    const token = randomBytes(16).toString('hex');
    const container = new Container({
      volume, ports,
      env: {
        RADUNO_SIP_LISTEN: `udp:127.0.0.1:${sip},tcp:127.0.0.1:${sip}`, RADUNO_API_LISTEN: `127.0.0.1:${api}`,
        RADUNO_MEDIA_BROWSER_PORT: browser, RADUNO_MEDIA_PORTS: `${rtp}-${rtp + RTP_PORTS - 1}`, RADUNO_SIP_RATE_PER_SOURCE: 0,
        RADUNO_ROOMS_ANNOUNCEMENTS: false, RADUNO_ROOMS_JOIN_TONE: 'none', RADUNO_API_ADMIN_TOKEN: token, ...env,
      },
    });
    container.sipPort = sip;
    container.api = new Api(`http://127.0.0.1:${api}`, token);
    t.after(async () => {
      podman('rm', '-f', container.name);
      container.api.close();
      ports.release();
    });
    await container.restart();
    return container;
  }

  async restart() {
    this.#launch();
    await until(async () => {
      if (this.child.ended) throw fatal(`the container ended\n${this.child.lines.join('\n')}`);
      return (await this.api.get('/ready', { root: true, token: null })).status === 200;
    }, { what: 'the container is ready', every: 10, timeout: START_TIMEOUT });
    const now = Date.now(), { out } = podman('inspect', '--format', '{{.State.StartedAt}}', this.name);
    this.readyAfter = now - Date.parse(out.trim().replace(' ', 'T').replace(/ \+0000 UTC.*/, 'Z'));
  }

  uri(room) {
    return `sip:${room}@127.0.0.1:${this.sipPort}`;
  }

  exec(...command) {
    return podman('exec', this.name, ...command);
  }

  async stop() {
    podman('stop', this.name);
    return this.child.exited;
  }

  async kill9() {
    podman('kill', '-s', 'KILL', this.name);
    return this.child.exited;
  }
}
