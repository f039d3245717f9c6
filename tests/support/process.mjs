/*
 * process.mjs - one child process: its output as lines, its end, its end by us (by pid, never by name).
 *
 *   const child = new Child('sipp', ['-v'], { cwd, env, name: 'sipp' });
 *   await child.exited                          { code, signal }
 *   child.lines                                 stdout and stderr, in the order they came
 *   child.write('help\n')                       to its stdin, if it was made with { input: true }
 *   await child.end({ signal: 'SIGTERM', timeout: 5000 });    SIGKILL if it does not follow
 *
 * A child that is still there when this process exits is killed.
 */
import { spawn } from 'node:child_process';
import { scaled } from './wait.mjs';

const MAX_LINES = 20000;
const alive = new Set();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

export class Child {
  constructor(command, args, { cwd, env, name = command, onLine, input = false } = {}) {
    this.name = name;
    this.lines = [];
    this.onLine = onLine;
    this.process = spawn(command, args, { cwd, env, stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
    this.process.stdin?.on('error', () => {}); /* it may be gone */
    this.pid = this.process.pid;
    alive.add(this.process);
    this.#collect(this.process.stdout);
    this.#collect(this.process.stderr);
    this.exited = new Promise((resolve) => {
      this.process.once('error', (error) => resolve({ code: null, signal: null, error }));
      this.process.once('close', (code, signal) => resolve({ code, signal }));
    }).then((end) => {
      alive.delete(this.process);
      this.ended = end;
      return end;
    });
  }

  #collect(stream) {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) this.#line(line);
    });
    stream.on('end', () => rest && this.#line(rest));
  }

  #line(line) {
    this.lines.push(line);
    if (this.lines.length > MAX_LINES) this.lines.splice(0, MAX_LINES / 2);
    this.onLine?.(line);
  }

  write(text) {
    this.process.stdin.write(text);
  }

  kill(signal) {
    if (!this.ended) this.process.kill(signal);
  }

  /** Sends a signal and waits for the end; after `timeout` ms SIGKILL. */
  async end({ signal = 'SIGTERM', timeout = 5000 } = {}) {
    this.kill(signal);
    const timer = setTimeout(() => this.kill('SIGKILL'), scaled(timeout));
    const end = await this.exited;
    clearTimeout(timer);
    return end;
  }

  tail(count = 40) {
    return this.lines.slice(-count).map((line) => `  ${this.name}| ${line}`).join('\n');
  }
}
