/*
 * web_offer.mjs - what a browser offers, without a browser: for tests of the HTTP side.
 *
 *   webOffer()                    sound and picture on one transport
 *   webOffer({ video: false })    sound only; { bundle: false }: each on its own; { dtls: false }
 */
import { randomBytes } from 'node:crypto';

const word = (bytes) => randomBytes(bytes).toString('base64url');

function section(mid, media, lines, { ice, fingerprint, dtls }) {
  return [
    `m=${media.kind} 9 ${dtls ? 'UDP/TLS/RTP/SAVPF' : 'RTP/AVPF'} ${media.types}`, 'c=IN IP4 0.0.0.0', 'a=rtcp:9 IN IP4 0.0.0.0',
    ...(dtls ? [`a=ice-ufrag:${ice.ufrag}`, `a=ice-pwd:${ice.password}`, 'a=ice-options:trickle', `a=fingerprint:sha-256 ${fingerprint}`, 'a=setup:actpass'] : []),
    `a=mid:${mid}`, 'a=sendrecv', 'a=rtcp-mux', ...lines,
  ];
}

export function webOffer({ video = true, bundle = true, dtls = true } = {}) {
  const common = {
    ice: { ufrag: word(3), password: word(18) }, dtls,
    fingerprint: [...randomBytes(32)].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(':'),
  };
  const audio = section('0', { kind: 'audio', types: '111 0' }, ['a=rtpmap:111 opus/48000/2', 'a=fmtp:111 minptime=10;useinbandfec=1', 'a=rtpmap:0 PCMU/8000'], common);
  const picture = section('1', { kind: 'video', types: '96 97' }, ['a=rtpmap:96 VP8/90000', 'a=rtcp-fb:96 nack', 'a=rtcp-fb:96 nack pli', 'a=rtpmap:97 rtx/90000', 'a=fmtp:97 apt=96'], common);
  return [
    'v=0', 'o=- 4611731400430051336 2 IN IP4 127.0.0.1', 's=-', 't=0 0', ...(bundle ? [`a=group:BUNDLE 0${video ? ' 1' : ''}`] : []),
    ...audio, ...(video ? picture : []), '',
  ].join('\r\n');
}
