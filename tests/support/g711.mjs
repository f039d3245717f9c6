/*
 * g711.mjs - the two 8-bit laws of ITU-T G.711, by table.
 *
 *   const payload = encode('PCMU', samples);     Int16Array -> Buffer
 *   const samples = decode('PCMA', payload);     Buffer -> Int16Array
 */

function ulawToLinear(code) {
  const bits = ~code & 0xff;
  const value = (((bits & 0x0f) << 3) + 0x84) << ((bits >> 4) & 7);
  return bits & 0x80 ? 0x84 - value : value - 0x84;
}

function alawToLinear(code) {
  const bits = code ^ 0x55;
  const segment = (bits >> 4) & 7;
  const base = ((bits & 0x0f) << 4) + 8;
  const value = segment === 0 ? base : (base + 0x100) << (segment - 1);
  return bits & 0x80 ? value : -value;
}

/** For each 16-bit sample the code whose value is nearest: sorted values, walked once. */
function invert(decodeTable) {
  const codes = [...decodeTable.keys()].sort((a, b) => decodeTable[a] - decodeTable[b]);
  const table = new Uint8Array(65536);
  let at = 0;
  for (let sample = -32768; sample < 32768; sample++) {
    const distance = (i) => Math.abs(decodeTable[codes[i]] - sample);
    while (at + 1 < codes.length && distance(at + 1) <= distance(at)) at += 1;
    table[sample + 32768] = codes[at];
  }
  return table;
}

function law(toLinear) {
  const linear = Int16Array.from({ length: 256 }, (_, code) => toLinear(code));
  return { linear, codes: invert(linear) };
}

const LAWS = { PCMU: law(ulawToLinear), PCMA: law(alawToLinear) };

export function encode(name, samples) {
  const { codes } = LAWS[name];
  return Buffer.from(Uint8Array.from(samples, (sample) => codes[sample + 32768]));
}

export function decode(name, payload) {
  const { linear } = LAWS[name];
  return Int16Array.from(payload, (code) => linear[code]);
}
