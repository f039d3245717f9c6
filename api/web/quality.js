/*
 * quality.js - how good a connection is, from getStats(): figures, and one word for them.
 *
 *   const quality = new Quality();
 *   const { word, figures } = quality.judge(await pc.getStats());     now and then; it looks at what came since
 *   word      good fair poor unknown
 *   figures   roundTrip [ms], lossIn, lossOut [0..1], jitter [ms], rateIn, rateOut [kbit/s],
 *             pictureIn, pictureOut { width, height, fps }; null where nothing is known
 *
 * The limits are where talk begins to suffer: ITU-T G.114 for delay (here both ways), and losses
 * that Opus with FEC still hides.
 */
const FAIR = { roundTrip: 250, lossIn: 0.03, lossOut: 0.03, jitter: 40 };
const POOR = { roundTrip: 500, lossIn: 0.1, lossOut: 0.1, jitter: 100 };

const above = (figures, limits) =>
  Object.entries(limits).some(([name, limit]) => figures[name] !== null && figures[name] > limit);

function wordOf(figures) {
  if (figures.roundTrip === null && figures.lossIn === null) return 'unknown';
  if (above(figures, POOR)) return 'poor';
  return above(figures, FAIR) ? 'fair' : 'good';
}

const sum = (all, name) => all.reduce((total, one) => total + (one[name] ?? 0), 0);
const milliseconds = (seconds) => (seconds === undefined ? null : seconds * 1000);
const pictureOf = (one) =>
  one?.frameWidth ? { width: one.frameWidth, height: one.frameHeight, fps: Math.round(one.framesPerSecond ?? 0) } : null;

/** What the report says by now, counted from the begin of the call. */
function totals(report) {
  const all = [...report.values()];
  const inbound = all.filter(({ type }) => type === 'inbound-rtp');
  const outbound = all.filter(({ type }) => type === 'outbound-rtp');
  const told = all.filter(({ type }) => type === 'remote-inbound-rtp');
  const pair = all.find(({ type, nominated, state }) => type === 'candidate-pair' && nominated && state === 'succeeded');
  const [voice] = inbound.filter(({ kind }) => kind === 'audio');
  return {
    at: all[0]?.timestamp ?? 0,
    received: sum(inbound, 'packetsReceived'), lost: sum(inbound, 'packetsLost'),
    bytesIn: sum(inbound, 'bytesReceived'), bytesOut: sum(outbound, 'bytesSent'),
    roundTrip: milliseconds(pair?.currentRoundTripTime ?? told.find((one) => one.roundTripTime)?.roundTripTime),
    jitter: milliseconds(voice?.jitter),
    lossOut: told.length ? Math.max(...told.map(({ fractionLost }) => fractionLost ?? 0)) : null,
    pictureIn: pictureOf(inbound.find(({ kind }) => kind === 'video')),
    pictureOut: pictureOf(outbound.find(({ kind, framesPerSecond }) => kind === 'video' && framesPerSecond)),
  };
}

export class Quality {
  #before = null;

  judge(report) {
    const now = totals(report);
    const before = this.#before;
    this.#before = now;
    const seconds = before ? (now.at - before.at) / 1000 : 0;
    const since = (name) => Math.max(0, now[name] - before[name]); /* a new stream begins at 0 again */
    const packets = before ? since('received') + since('lost') : 0;
    const rate = (name) => (seconds > 0 ? (since(name) * 8) / 1000 / seconds : null);
    const figures = {
      roundTrip: now.roundTrip, jitter: now.jitter, lossOut: now.lossOut,
      lossIn: packets ? since('lost') / packets : null,
      rateIn: rate('bytesIn'), rateOut: rate('bytesOut'), pictureIn: now.pictureIn, pictureOut: now.pictureOut,
    };
    return { word: wordOf(figures), figures };
  }
}
