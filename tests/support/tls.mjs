/*
 * tls.mjs - certificates for tests, by openssl(1), and what a TLS server shows.
 *
 *   const ca = makeCertificates(t);                        a folder with an authority
 *   const { cert, key, pem } = ca.issue('127.0.0.1');      files; pem has both
 *   ca.revoke(files)                                       the authority's list of what is revoked, now with this, as text
 *   secretsOf(files, ca)                                   { cert, key, ca } as node:tls wants them
 *   startServer({ env: trusting(ca) })                     it trusts whom it calls if ca vouches for them
 *   const { output, code } = await sClient(port, ['-tls1_2']);
 *   await fingerprint(port)                                of the server's certificate
 */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { atEnd } from './cleanup.mjs';
import { scaled } from './wait.mjs';

const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });

class Authority {
  constructor(folder, name) {
    this.folder = folder;
    this.file = path.join(folder, 'ca.pem');
    this.key = path.join(folder, 'ca.key');
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', this.key, '-out', this.file,
      '-days', '2', '-subj', `/CN=${name}`);
  }

  /** A certificate for an address or a name; `kind`: ec or rsa; `altName`: "URI:sip:..." instead. */
  issue(name, { kind = 'ec', altName = `${/^[0-9.]+$/.test(name) ? 'IP' : 'DNS'}:${name}` } = {}) {
    const base = path.join(this.folder, `${name}-${kind}-${fs.readdirSync(this.folder).length}`);
    const files = { cert: `${base}.crt`, key: `${base}.key`, pem: `${base}.pem` };
    const algorithm = kind === 'ec' ? ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] : ['-newkey', 'rsa:2048'];
    fs.writeFileSync(`${base}.ext`, `subjectAltName=${altName}\n`);
    openssl('req', '-new', ...algorithm, '-nodes', '-keyout', files.key, '-out', `${base}.csr`, '-subj', `/CN=${name}`);
    openssl('x509', '-req', '-in', `${base}.csr`, '-CA', this.file, '-CAkey', this.key, '-CAcreateserial', '-out', files.cert,
      '-days', '2', '-extfile', `${base}.ext`);
    fs.writeFileSync(files.pem, fs.readFileSync(files.key, 'utf8') + fs.readFileSync(files.cert, 'utf8'));
    return files;
  }

  revoke({ cert }) {
    const base = path.join(this.folder, 'revoked'), config = `${base}.cnf`;
    if (!fs.existsSync(config)) {
      fs.writeFileSync(config, `[ca]\ndefault_ca=own\n[own]\ndatabase=${base}.txt\ndefault_md=sha256\ndefault_crl_days=2\n`);
      fs.writeFileSync(`${base}.txt`, '');
    }
    const ca = ['ca', '-config', config, '-keyfile', this.key, '-cert', this.file];
    openssl(...ca, '-revoke', cert);
    return openssl(...ca, '-gencrl').toString();
  }
}

export function makeCertificates(t, name = 'Test Authority') {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'raduno-certificates-'));
  atEnd(t, () => fs.rmSync(folder, { recursive: true, force: true }));
  return new Authority(folder, name);
}

export const secretsOf = ({ cert, key }, ca) => ({ cert: fs.readFileSync(cert), key: fs.readFileSync(key), ca: fs.readFileSync(ca.file) });

/** What the SIP stack leaks of the certificates of who is called is known. */
const suppressions = fileURLToPath(new URL('lsan.supp', import.meta.url));
export const trusting = (ca) => ({ SSL_CERT_FILE: ca.file, LSAN_OPTIONS: `fast_unwind_on_malloc=0:print_suppressions=0:suppressions=${suppressions}` });

/** openssl s_client: connects, says nothing (or `input`), and ends. */
export function sClient(port, args = [], { input = '' } = {}) {
  return new Promise((resolve) => {
    const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), scaled(10000));
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += bytes));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
  });
}

export function fingerprint(port) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}
