/*
 * file_transfer.mjs - a phone's way of sending a file: by HTTP, as liblinphone 5.1 does (its
 * file-transfer-chat-message-modifier.cpp, and bodyhandler.c of belle-sip).
 *
 *   const account = { name: 'alice', password: 'a long secret' };
 *   const { status, text, headers } = await transfer(server, account, { name: 'a.txt', bytes });
 *   noticeOf(text)                             { name, type, bytes, url, until }
 *   writeNotice({ name, type, bytes, url })    what it puts into its MESSAGE then
 */
import http from 'node:http';
import { authorize, challengesOf } from './digest.mjs';

export const NOTICE_TYPE = 'application/vnd.gsma.rcs-ft-http+xml';
const BOUNDARY = '---------------------------aB0-cD1eF2';

/** One request, in a connection of its own. `headers` of the answer have arrays, as those of SIP. */
export function post(server, body, headers = {}, path = '/file-transfer') {
  return new Promise((resolve, reject) => {
    const request = http.request(`${server.apiUrl}${path}`, { method: 'POST', headers: { 'content-length': body.length, ...headers } }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part)).on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headersDistinct, text: Buffer.concat(parts).toString() }));
    });
    request.on('error', reject).end(body);
  });
}

/** Letters that are not escaped in a name by bctbx_escape(). */
const escapeName = (name) => [...Buffer.from(name)].map((byte) => (/[\w.[\]-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`)).join('');

export const formOf = ({ name, bytes, type = 'text/plain' }) => Buffer.concat([
  Buffer.from(`--${BOUNDARY}\r\nContent-disposition: form-data; name="File"; filename="${escapeName(name)}"\r\nContent-Type: ${type}\r\n\r\n`),
  Buffer.from(bytes), Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
export const formHeaders = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };

/** With the password of `account`, for the first challenge (`pick` another). */
export async function authorized(server, account, { pick = 0, path = '/file-transfer' } = {}) {
  const asked = await post(server, '', {}, path);
  const challenge = challengesOf(asked)[pick];
  return { authorization: authorize(challenge, { ...account, uri: path, method: 'POST' }) };
}

export async function transfer(server, account, file) {
  return post(server, formOf(file), { ...formHeaders, ...await authorized(server, account) });
}

const plain = (text) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', "'").replaceAll('&amp;', '&');

export function noticeOf(xml) {
  const field = (pattern) => { const found = pattern.exec(xml); return found ? plain(found[1]) : undefined; };
  return {
    name: decodeURIComponent(field(/<file-name>([^<]*)<\/file-name>/)), type: field(/<content-type>([^<]*)<\/content-type>/),
    bytes: Number(field(/<file-size>([^<]*)<\/file-size>/)), url: field(/<data [^>]*url="([^"]*)"/), until: field(/<data [^>]*until="([^"]*)"/),
  };
}

export function writeNotice({ name, type, bytes, url, until, key }) {
  return '<?xml version="1.0" encoding="UTF-8"?>\r\n<file xmlns="urn:gsma:params:xml:ns:rcs:rcs:fthttp" xmlns:am="urn:gsma:params:xml:ns:rcs:rcs:rram">\r\n' +
    `<file-info type="file">\r\n<file-size>${bytes}</file-size>\r\n${key ? `<file-key>${key}</file-key>\r\n` : ''}` +
    `<file-name>${escapeName(name)}</file-name>\r\n<content-type>${type}</content-type>\r\n` +
    `<data url="${url}"${until ? ` until="${until}"` : ''}/>\r\n</file-info>\r\n</file>`;
}
