/*
 * sdp.mjs - session descriptions: written as a phone would, and read.
 *
 *   const offer = buildSdp({ ip: '127.0.0.1', port: 4000, codecs: ['PCMU', 'PCMA'], events: 101, ptime: 20 });
 *   const { media: [audio] } = parseSdp(response.body);
 *   audio.ip  audio.port  audio.rtcpPort  audio.types  audio.rtpmap[0]  audio.direction  audio.ptime
 *
 * A codec is one of the names below or { type, map, fmtp }. `bandwidth` are values of b= lines, `extra`
 * lines added to the media.
 */

export const CODECS = {
  PCMU: { type: 0, map: 'PCMU/8000' },
  PCMA: { type: 8, map: 'PCMA/8000' },
  G722: { type: 9, map: 'G722/8000' },
  opus: { type: 96, map: 'opus/48000/2', fmtp: 'useinbandfec=1' },
  GSM: { type: 3, map: 'GSM/8000' },
  G729: { type: 18, map: 'G729/8000', fmtp: 'annexb=no' },
  AMR: { type: 98, map: 'AMR/8000', fmtp: 'octet-align=1' },
  'AMR-WB': { type: 98, map: 'AMR-WB/16000', fmtp: 'octet-align=1' },
  'speex/8000': { type: 98, map: 'speex/8000' },
  'speex/16000': { type: 98, map: 'speex/16000' },
  'L16/8000': { type: 98, map: 'L16/8000' },
  'L16/16000': { type: 98, map: 'L16/16000' },
  'L16/48000': { type: 98, map: 'L16/48000' },
};

const family = (ip) => (ip.includes(':') ? 'IP6' : 'IP4');

function codecLines({ type, map, fmtp }) {
  return [`a=rtpmap:${type} ${map}`, ...(fmtp ? [`a=fmtp:${type} ${fmtp}`] : [])];
}

export function buildSdp({
  ip, port, codecs = ['PCMU'], events = 101, ptime, maxptime, direction = 'sendrecv', rtcpMux = false,
  rtcpPort, protocol = 'RTP/AVP', version = 1, session = 4711, bandwidth = [],
  extra = [],
}) {
  const list = codecs.map((codec) => (typeof codec === 'string' ? CODECS[codec] : codec));
  if (events) list.push({ type: events, map: 'telephone-event/8000', fmtp: '0-15' });
  return [
    'v=0', `o=- ${session} ${version} IN ${family(ip)} ${ip}`, 's=-', `c=IN ${family(ip)} ${ip}`, 't=0 0',
    `m=audio ${port} ${protocol} ${list.map((codec) => codec.type).join(' ')}`,
    ...bandwidth.map((line) => `b=${line}`), ...list.flatMap(codecLines),
    ...(ptime ? [`a=ptime:${ptime}`] : []), ...(maxptime ? [`a=maxptime:${maxptime}`] : []),
    ...(rtcpMux ? ['a=rtcp-mux'] : []), ...(rtcpPort ? [`a=rtcp:${rtcpPort}`] : []),
    `a=${direction}`, ...extra, '',
  ].join('\r\n');
}

function startMedia(value, session) {
  const [kind, port, protocol, ...types] = value.split(' ');
  return {
    kind, port: Number(port), protocol, types: types.map(Number), ip: session.ip, rtpmap: {}, fmtp: {},
    direction: session.direction, rtcpMux: false, attributes: [],
  };
}

const ATTRIBUTES = {
  rtpmap: (media, type, rest) => (media.rtpmap[type] = rest),
  fmtp: (media, type, rest) => (media.fmtp[type] = rest),
  ptime: (media, value) => (media.ptime = Number(value)),
  maxptime: (media, value) => (media.maxptime = Number(value)),
  rtcp: (media, value) => (media.explicitRtcpPort = Number(value)),
  'rtcp-mux': (media) => (media.rtcpMux = true),
};

function attribute(media, text) {
  media.attributes?.push(text);
  if (/^(sendrecv|sendonly|recvonly|inactive)$/.test(text)) media.direction = text;
  const [, name, first, rest] = /^([^:]+):?(\S*) ?(.*)$/.exec(text);
  if (media.rtpmap) ATTRIBUTES[name]?.(media, first, rest);
}

function finish(media) {
  media.rtcpPort = media.rtcpMux ? media.port : media.explicitRtcpPort ?? media.port + 1;
  return media;
}

export function parseSdp(text) {
  const session = { direction: 'sendrecv', media: [] };
  let at = session;
  for (const line of text.split(/\r?\n/).filter(Boolean)) {
    const value = line.slice(2);
    if (line.startsWith('m=')) session.media.push((at = startMedia(value, session)));
    else if (line.startsWith('o=')) session.origin = value;
    else if (line.startsWith('c=')) at.ip = value.split(' ')[2];
    else if (line.startsWith('a=')) attribute(at, value);
  }
  session.media.forEach(finish);
  return session;
}
