/*
 * console_resources.js - what there is besides rooms, described for console_list.js, and the settings of rooms.
 *
 *   key       names its texts: place_KEY, new_KEY, empty_KEY
 *   path, id  of the API; the member that names an item in its path; title: the one that names it for people
 *   columns   of the table; fields of a new one; changes that one may make
 *   items     makes the list of what is at the path, if that is none
 *   events    those after which the list is read again; every [ms]: also without
 *   made      a member that is told once only, when it is made
 *   actions   buttons of an item, if it `fits`; asks: buttons of the list
 *   within    a list of each item: a button with `word` opens it; of: whose list it is
 */
/** Columns that hold words of the API, which are shown as people say them. */
export const WORD_COLUMNS = new Set(['state', 'kind', 'direction', 'reason', 'role', 'leads_to', 'srtp', 'now.registration', 'settings.lobby', 'settings.video.layout']);

const SRTP = { name: 'srtp', kind: 'words', words: ['default', 'off', 'optional', 'required'], initial: 'default' };
const RIGHTS = ['all', 'moderators', 'nobody'];
const right = (name) => ({ name, kind: 'words', words: RIGHTS, initial: 'all' });

const ROOM_CHANGES = [
  { name: 'display_name', kind: 'text' },
  { name: 'number', kind: 'text', hint: 'auto' },
  { name: 'pin', kind: 'pin', given: 'has_pin' },
  { name: 'moderator_pin', kind: 'pin', given: 'has_moderator_pin' },
  { name: 'max_participants', kind: 'number', least: 1, most: 10000, step: 1 },
  { name: 'lobby', kind: 'words', words: ['off', 'guests', 'all'], initial: 'off' },
  { name: 'opens_at', kind: 'time' },
  { name: 'closes_at', kind: 'time' },
  { name: 'at_end', kind: 'words', words: ['hang_up', 'let_finish'], initial: 'hang_up' },
  { name: 'dial_at_start', kind: 'lines', hint: 'sip:bob@example.com' },
  { name: 'mute_on_entry', kind: 'flag' },
  { name: 'allow_unmute', kind: 'flag', initial: true },
  right('who_may_share'), right('who_may_chat'), right('who_may_present'),
  { name: 'recording', kind: 'words', words: ['off', 'on_request', 'always'], initial: 'on_request' },
  { name: 'record_video', kind: 'flag' },
  { ...right('who_may_record'), initial: 'moderators' },
  { name: 'who_may_watch', kind: 'words', words: ['participants', 'accounts', 'moderators', 'nobody'], initial: 'participants' },
  { name: 'loudest', kind: 'number', least: 1, most: 32, step: 1 },
  { name: 'join_tone', kind: 'words', words: ['both', 'join', 'leave', 'none'], initial: 'both' },
  { name: 'alone', kind: 'words', words: ['silence', 'noise', 'music'], initial: 'silence' },
  { name: 'announcements', kind: 'flag', initial: true },
  { name: 'language', kind: 'text', hint: 'en' },
  { name: 'menu', kind: 'keys', hint: '*1 mute' },
  { name: 'level_voices', kind: 'flag' },
  { name: 'suppress_noise', kind: 'flag' },
  SRTP,
  { name: 'codecs', kind: 'rooms', hint: 'opus, G722, VP8' },
  { name: 'video.size', kind: 'words', words: ['360p', '540p', '720p', '1080p'], initial: '720p' },
  { name: 'video.fps', kind: 'number', least: 5, most: 30, step: 1 },
  { name: 'video.names', kind: 'flag', initial: true },
  { name: 'video.own_view', kind: 'flag' },
  { name: 'video.fill', kind: 'flag' },
];

export const ROOM_FIELDS = { changes: ROOM_CHANGES, fresh: [{ name: 'name', kind: 'text', isRequired: true, hint: 'board' }, { name: 'template', kind: 'text' }, ...ROOM_CHANGES] };

/** A template has the settings of a room in an object of its own. */
const TEMPLATE_CHANGES = ROOM_CHANGES.filter(({ name }) => name !== 'number').map((field) => ({
  ...field, name: `settings.${field.name}`, label: field.name, ...(field.given && { given: `settings.${field.given}` }),
}));

const ACCOUNT_CHANGES = [
  { name: 'display_name', kind: 'text' },
  { name: 'number', kind: 'text', hint: '101' },
  { name: 'password', kind: 'password' },
  { name: 'enabled', kind: 'flag', initial: true },
  SRTP,
  { name: 'smime', kind: 'words', words: ['off', 'optional', 'required', 'whole'], initial: 'optional' },
  { name: 'certificate', kind: 'block', hint: '-----BEGIN CERTIFICATE-----' },
  { name: 'forwarding', kind: 'words', words: ['none', 'local', 'trunk'], initial: 'none' },
  { name: 'forward_to', kind: 'text', hint: '102' },
  { name: 'forward_when', kind: 'words', words: ['always', 'busy', 'no_answer', 'not_taken', 'beside'], initial: 'always' },
  { name: 'forward_after_s', kind: 'number', least: 1, most: 600, step: 1 },
];

const TRUNK_CHANGES = [
  { name: 'display_name', kind: 'text' },
  { name: 'enabled', kind: 'flag', initial: true },
  { name: 'gateways', kind: 'gateways', hint: 'sip:gw.example.com 0 0' },
  { name: 'networks', kind: 'lines', hint: '192.0.2.0/24' },
  { name: 'registrar', kind: 'text', hint: 'sip:sip.example.com' },
  { name: 'registrars', kind: 'lines', hint: 'sip:sip2.example.com' },
  { name: 'username', kind: 'text' },
  { name: 'password', kind: 'password' },
  { name: 'lines', kind: 'number', least: 0, step: 1 },
  { name: 'lines_in', kind: 'number', least: 0, step: 1 },
  { name: 'lines_out', kind: 'number', least: 0, step: 1 },
  { name: 'when_full', kind: 'words', words: ['503', '480'], initial: '503' },
  { name: 'overflow', kind: 'flag' },
  { name: 'numbers', kind: 'lines', hint: '+.' },
  { name: 'order', kind: 'number', least: 0, step: 1 },
  { name: 'in_rules', kind: 'lines', hint: '0|Z. -> +49$' },
  { name: 'out_rules', kind: 'lines', hint: '+49|. -> 0$' },
  { name: 'caller_id', kind: 'text', hint: '+493012345' },
  { name: 'trusts_identity', kind: 'flag' },
  { name: 'hides_caller', kind: 'flag' },
  { name: 'calls_per_room', kind: 'number', least: 0, step: 1 },
  { name: 'calls_per_day', kind: 'number', least: 0, step: 1 },
  SRTP,
  { name: 'codecs', kind: 'lines', hint: 'PCMA' },
  { name: 'dtmf', kind: 'words', words: ['rfc4733', 'info', 'inband'], initial: 'rfc4733' },
  { name: 'early_media', kind: 'words', words: ['off', 'in', 'out', 'both'], initial: 'off' },
  { name: 'p_early_media', kind: 'flag' },
  { name: 'early_limit_s', kind: 'number', least: 1, most: 600, step: 1 },
];

const NUMBER_CHANGES = [{ name: 'leads_to', kind: 'words', words: ['room', 'account', 'menu'], initial: 'room' }, { name: 'target', kind: 'text' }, { name: 'language', kind: 'text', hint: 'en' }, { name: 'note', kind: 'text' }];

const TOKEN_CHANGES = [
  { name: 'name', kind: 'text', isRequired: true },
  { name: 'role', kind: 'words', words: ['participant', 'moderator', 'admin'], initial: 'moderator' },
  { name: 'rooms', kind: 'rooms', hint: 'board, sales', initial: ['*'] },
  { name: 'expires_at', kind: 'time' },
];

const WEBHOOK_CHANGES = [
  { name: 'url', kind: 'text', isRequired: true, hint: 'https://example.com/raduno' },
  { name: 'events', kind: 'rooms', hint: 'participant_joined, participant_left' },
  { name: 'rooms', kind: 'rooms', hint: 'board, sales', initial: ['*'] },
  { name: 'secret', kind: 'password' },
  { name: 'enabled', kind: 'flag', initial: true },
];

/** Lists that belong to one of something, opened from there. */
export const roomBans = (room) => ({
  key: 'room_bans', path: `/rooms/${encodeURIComponent(room)}/bans`, id: 'id', title: ({ uri, address }) => uri ?? address, columns: ['uri', 'address', 'note', 'created_at'],
  fields: [{ name: 'uri', kind: 'text', hint: 'sip:eve@example.com' }, { name: 'address', kind: 'text', hint: '192.0.2.7' }, { name: 'note', kind: 'text' }], every: 5000,
});

const phonesOf = ({ name }) => ({
  key: 'phones', of: name, path: `/accounts/${encodeURIComponent(name)}/registrations`, id: 'id', title: 'contact',
  columns: ['contact', 'source', 'user_agent', 'registered_at', 'expires_at'], every: 2000,
});

/** Where a trunk leads, and how that is now. */
const connectionsOf = ({ name }) => ({
  key: 'connections', of: name, path: `/trunks/${encodeURIComponent(name)}`, columns: ['kind', 'uri', 'state', 'detail'], removes: false, every: 2000,
  items: ({ now }) => [
    ...now.registrations.map(({ registrar, state, detail }) => ({ kind: 'registrar', uri: registrar, state, detail })),
    ...now.gateways.map(({ uri, health }) => ({ kind: 'gateway', uri, state: health, detail: '' })),
  ],
});

export const deliveriesOf = (hook) => {
  const path = `/webhooks/${encodeURIComponent(hook.id)}/deliveries`;
  return {
    key: 'deliveries', path, id: 'id', title: 'event', columns: ['created_at', 'event', 'state', 'attempts', 'status', 'error'], removes: false, every: 2000,
    asks: [{ word: 'ping', act: (client) => client.post(path) }],
    actions: [{ word: 'deliver_again', fits: ({ state }) => state !== 'waiting', act: (client, { id }) => client.post(path, { delivery: id }) }],
  };
};

const named = (changes) => [{ name: 'name', kind: 'text', isRequired: true }, ...changes];

export const RESOURCES = [
  {
    key: 'templates', path: '/templates', id: 'name', columns: ['name', 'settings.lobby', 'settings.max_participants', 'settings.video.layout'],
    fields: [{ name: 'name', kind: 'text', isRequired: true }, ...TEMPLATE_CHANGES], changes: TEMPLATE_CHANGES,
  },
  {
    key: 'accounts', path: '/accounts', id: 'name', columns: ['name', 'number', 'display_name', 'registered', 'enabled', 'srtp'],
    fields: named(ACCOUNT_CHANGES), changes: ACCOUNT_CHANGES, events: /^(account|registration)_/, within: { word: 'phones', of: phonesOf },
  },
  {
    key: 'trunks', path: '/trunks', id: 'name', columns: ['name', 'display_name', 'enabled', 'now.up', 'now.lines_in', 'now.lines_out', 'lines', 'now.registration'],
    fields: named(TRUNK_CHANGES), changes: TRUNK_CHANGES, events: /^trunk_/, every: 5000, within: { word: 'connections', of: connectionsOf },
  },
  {
    key: 'numbers', path: '/numbers', id: 'number', columns: ['number', 'leads_to', 'target', 'language', 'note'],
    fields: [{ name: 'number', kind: 'text', isRequired: true, hint: '+493012345' }, ...NUMBER_CHANGES], changes: NUMBER_CHANGES,
  },
  {
    key: 'tokens', path: '/tokens', id: 'id', title: 'name', columns: ['name', 'role', 'rooms', 'expires_at', 'last_used_at'],
    fields: TOKEN_CHANGES, changes: TOKEN_CHANGES, events: /^token_/, made: 'token',
  },
  {
    key: 'webhooks', path: '/webhooks', id: 'id', title: 'url', columns: ['url', 'events', 'rooms', 'enabled', 'delivered', 'failed', 'waiting'],
    fields: WEBHOOK_CHANGES, changes: WEBHOOK_CHANGES, events: /^webhook_/, every: 5000, made: 'secret', within: { word: 'deliveries', of: deliveriesOf },
  },
  {
    key: 'records', path: '/call-records', id: 'id', title: 'uri', columns: ['began_at', 'room', 'display_name', 'uri', 'kind', 'direction', 'duration_s', 'reason', 'voice.mos'],
    removes: false, events: /^participant_left$/,
  },
  { key: 'audit', path: '/audit', id: 'id', columns: ['time', 'name', 'role', 'source', 'method', 'path', 'status', 'code'], removes: false, every: 5000 },
  { key: 'bans', path: '/bans', id: 'address', columns: ['address', 'prefix_length', 'until'], every: 5000 },
];
