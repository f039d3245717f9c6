/*
 * relay.mjs - somebody in the middle: hands SIP over UDP on to a port and back, and changes what goes there.
 *
 *   const port = await relay(t, server.sipPort, (text) => text.replace('RTP/AVP', 'RTP/SAVP'));
 */
import dgram from 'node:dgram';
import { atEnd } from './cleanup.mjs';

/** What was changed is as long as it says. */
function measured(text) {
  const end = text.indexOf('\r\n\r\n') + 4;
  return text.slice(0, end).replace(/^(Content-Length|l):\s*\d+/im, `$1: ${text.length - end}`) + text.slice(end);
}

export async function relay(t, to, change) {
  const socket = dgram.createSocket('udp4');
  await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
  atEnd(t, () => socket.close());
  let other;
  socket.on('message', (bytes, from) => {
    if (from.port === to) {
      socket.send(bytes, other.port, other.address);
    } else {
      other = from;
      socket.send(Buffer.from(measured(change(bytes.toString('latin1'))), 'latin1'), to, '127.0.0.1');
    }
  });
  return socket.address().port;
}
