/*
 * aiortc.mjs - a caller with a WebRTC stack that is no browser's: aiortc, in Python (aiortc_caller.py).
 *
 *   const ann = await Aiortc.join({ t, server, room: 'blue', name: 'ann', hz: 440 });
 *   ann.id                                           its participant
 *   await waitToHear(ann, { present: [700] });       ears.mjs
 *   await ann.leave();                               closes its connection: DTLS says so
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { atEnd } from './cleanup.mjs';
import { Child } from './process.mjs';
import { readWav } from './tone.mjs';
import { fatal, until } from './wait.mjs';

const SCRIPT = fileURLToPath(new URL('aiortc_caller.py', import.meta.url));

export class Aiortc {
  static async join({ t, server, room, name, hz }) {
    const ann = new Aiortc();
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-aiortc-'));
    ann.name = name;
    ann.file = path.join(folder, 'heard.wav');
    ann.child = new Child(SCRIPT, [`${server.api.url}/api/v1/rooms/${room}/calls`, name, String(hz), ann.file], { name });
    atEnd(t, async () => {
      await ann.child.end({ signal: 'SIGKILL' });
      fs.rmSync(folder, { recursive: true, force: true });
    });
    await ann.says(/^state connected/);
    ann.id = (await ann.says(/^joined (\S+)/))[1];
    return ann;
  }

  /** Waits for a line of its output; gives the match. */
  says(pattern) {
    return until(() => {
      const { ended, lines } = this.child;
      const match = lines.map((line) => pattern.exec(line)).find(Boolean);
      if (!match && ended) fatal(`${this.name} ended: code ${ended.code}, ${ended.error?.message ?? ''}\n${this.child.tail()}`);
      return match;
    }, { what: `${this.name} says ${pattern}` });
  }

  mark() {
    return fs.existsSync(this.file) ? readWav(this.file).samples.length : 0;
  }

  heardAfter(mark) {
    if (!fs.existsSync(this.file)) return { rate: 48000, samples: new Int16Array(0) };
    const { rate, samples } = readWav(this.file);
    return { rate, samples: samples.subarray(mark) };
  }

  leave() {
    return this.child.end();
  }
}
