/*
 * dtls_phone.mjs - a phone whose keys come by DTLS: it makes its offers by hand, its handshakes by openssl(1), and speaks
 * SRTP (srtp.mjs) with what came of it.
 *
 *   const eve = await DtlsPhone.join({ t, server, name: 'eve', hz: 700, profile: 'SRTP_AEAD_AES_256_GCM' });
 *   eve.rtp  eve.call  eve.suite
 *
 *   const eve = await DtlsPhone.make({ t, server });           the same step by step, and wrong if so wished
 *   const response = await eve.call.invite(eve.offer({ fingerprint }));
 *   const { child, output } = eve.shake(response, { port });    openssl s_client, from its own port or another
 */
import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import { atEnd } from './cleanup.mjs';
import { freePort } from './ports.mjs';
import { RtpEndpoint } from './rtp.mjs';
import { buildSdp, parseSdp } from './sdp.mjs';
import { SipEndpoint } from './sip.mjs';
import { SUITES, Srtp, readKey } from './srtp.mjs';
import { makeCertificates } from './tls.mjs';
import { until } from './wait.mjs';

/** openssl's names of what SDP calls otherwise. */
export const PROFILES = {
  SRTP_AES128_CM_SHA1_80: 'AES_CM_128_HMAC_SHA1_80',
  SRTP_AES128_CM_SHA1_32: 'AES_CM_128_HMAC_SHA1_32',
  SRTP_AEAD_AES_128_GCM: 'AEAD_AES_128_GCM',
  SRTP_AEAD_AES_256_GCM: 'AEAD_AES_256_GCM',
};

/** RFC 5764 section 4.2: both keys, then both salts, the client's first. */
function split(suite, material) {
  const { key, salt } = SUITES[suite];
  const of = (n) => Buffer.concat([material.subarray(n * key, (n + 1) * key), material.subarray(2 * key + n * salt, 2 * key + (n + 1) * salt)]);
  const read = (bytes) => readKey(`1 ${suite} inline:${bytes.toString('base64')}`);
  return { ours: read(of(0)), theirs: read(of(1)) };
}

export class DtlsPhone {
  static async make({ t, server, name = 'eve', room = 'den', profile = 'SRTP_AEAD_AES_128_GCM' }) {
    const phone = new DtlsPhone();
    const files = makeCertificates(t).issue('phone');
    const fingerprint = new X509Certificate(fs.readFileSync(files.cert)).fingerprint256;
    Object.assign(phone, { t, files, fingerprint, name, profile, suite: PROFILES[profile], port: await freePort(2), ends: [] });
    phone.sip = await SipEndpoint.open({ t, user: name });
    phone.sip.onRequest = (request) => {
      if (request.method === 'BYE') phone.ends.push(request.header('reason'));
    };
    phone.call = phone.sip.call(server.uri(room));
    return phone;
  }

  /** Calls, shakes hands (`shaking`: options of s_client), and begins to speak. */
  static async join({ hz, shaking, ...options }) {
    const phone = await DtlsPhone.make(options);
    const response = await phone.call.invite(phone.offer());
    if (response.status !== 200) throw new Error(`${phone.name}: ${response.start}`);
    atEnd(options.t, () => (phone.call.isOver ? null : phone.call.bye().catch(() => {})));
    await phone.talk(response, hz, shaking);
    return phone;
  }

  offer({ fingerprint = this.fingerprint, setup = 'actpass', more = '' } = {}) {
    const sdp = buildSdp({ ip: '127.0.0.1', port: this.port }).replace('RTP/AVP', 'UDP/TLS/RTP/SAVP');
    return `${sdp}a=fingerprint:sha-256 ${fingerprint}\r\na=setup:${setup}\r\na=rtcp-mux\r\n${more}`;
  }

  /** Begins a handshake; the certificate of the answer is what the server has to show. `more`: options of s_client. */
  shake({ body }, { port = this.port, more = [] } = {}) {
    const [, to] = /m=audio (\d+)/.exec(body);
    const { key, salt } = SUITES[this.suite];
    const child = spawn('openssl', ['s_client', '-dtls1_2', '-connect', `127.0.0.1:${to}`, '-bind', `127.0.0.1:${port}`, '-cert', this.files.cert,
      '-key', this.files.key, '-use_srtp', this.profile, '-keymatexport', 'EXTRACTOR-dtls_srtp', '-keymatexportlen', String(2 * (key + salt)), ...more],
    { stdio: ['pipe', 'pipe', 'pipe'] });
    const shaking = { output: '', child, ended: new Promise((resolve) => child.once('exit', resolve)) };
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (shaking.output += bytes));
    atEnd(this.t, () => child.kill('SIGKILL'));
    return shaking;
  }

  /** With the keys of a handshake; the port is the phone's then. */
  async talk(response, hz, more) {
    const shaking = this.shake(response, { more });
    const [, hex] = await until(() => /Keying material: ([0-9A-F]+)/.exec(shaking.output), { what: `${this.name} shakes hands: ${shaking.output}` });
    shaking.child.kill('SIGKILL'); /* without a farewell */
    await shaking.ended;
    const { ours, theirs } = split(this.suite, Buffer.from(hex, 'hex'));
    this.rtp = await RtpEndpoint.open({ t: this.t, port: this.port, cname: `${this.name}@test` });
    this.rtp.rtcpMux = true;
    [this.rtp.remote] = parseSdp(response.body).media;
    this.rtp.srtp = { ours, theirs, out: new Srtp(ours), in: new Srtp(theirs) };
    if (hz) this.rtp.sendTone({ hz });
    this.rtp.startReports({ every: 500 });
  }
}
