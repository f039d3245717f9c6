/*
 * events.mjs - which event is it? Predicates for EventStream.waitFor() and filter().
 *
 *   await events.waitFor(is('participant_left', { who: 'bob', reason: 'busy' }));
 *   await events.waitFor(is('participant_changed', { id, on_hold: true }));
 *   story(events, id)         ['participant_added calling', 'participant_state ringing', ...]
 *
 * who is the user part of the participant's URI; every other name is a field of the event, or of
 * its participant.
 */
const participantOf = (data) => data.participant ?? {};

const userOf = (participant) => /^sips?:([^@;]*)@/.exec(participant.uri ?? '')?.[1];

function fieldOf(data, name) {
  if (name === 'who') return userOf(participantOf(data));
  return name in data ? data[name] : participantOf(data)[name];
}

/** A predicate: an event of that type (or of any, null) whose fields are these. */
export function is(type, fields = {}) {
  const fits = ({ type: itsType, data }) =>
    (type === null || itsType === type) &&
    Object.entries(fields).every(([name, value]) => fieldOf(data, name) === value);
  fits.toString = () => `${type ?? 'an event'} ${JSON.stringify(fields)}`;
  return fits;
}

/** What happened to one participant, in order, without talking. */
export function story(events, id) {
  return events.all.filter(is(null, { id })).filter(({ type }) => type !== 'participant_talking')
    .map(({ type, data }) => `${type} ${fieldOf(data, 'reason') ?? fieldOf(data, 'state')}`);
}

/** The digits that came from one participant. */
export function digitsOf(events, who) {
  return events.all.filter(is('participant_digit', { who })).map(({ data }) => data.digit).join('');
}
