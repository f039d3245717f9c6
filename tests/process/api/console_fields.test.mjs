/* The console's forms and tables against the contract: a field, a word or a column that the API does not have. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { parseYaml } from '../../../api/web/yaml.mjs';
import { REPOSITORY } from '../../support/server.mjs';
import { resolve } from './schema.mjs';

const read = (path) => fs.readFileSync(`${REPOSITORY}/${path}`, 'utf8');
const document = parseYaml(read('api/openapi.yaml'));
/* A module of the page, which imports nothing: Node takes its .js for another kind. */
const moduleOf = (path) => import(`data:text/javascript,${encodeURIComponent(read(path))}`);
const { RESOURCES, ROOM_FIELDS, WORD_COLUMNS } = await moduleOf('api/web/console_resources.js');

/** What a schema is, but for null. */
function plain(schema) {
  const one = schema && resolve(document, schema);
  return one?.oneOf ? one.oneOf.map(plain).find(({ type }) => type !== 'null') : one;
}

/** The schema of "video.size" in an object; where an object says nothing of what is in it, its own. */
const memberOf = (schema, name) => name.split('.').reduce((outer, key) => {
  const object = plain(outer);
  return object?.properties ? object.properties[key] : object?.type === 'object' ? object : undefined;
}, schema);

const contentOf = ({ content }) => Object.values(content)[0].schema;

function faultsOf(path, method, fields) {
  const schema = contentOf(document.paths[path][method].requestBody);
  return fields.flatMap(({ name, words = [] }) => {
    const member = plain(memberOf(schema, name));
    if (!member) return [`${method} ${path}: ${name}`];
    return words.filter((word) => !member.enum?.includes(word)).map((word) => `${method} ${path}: ${name} ${word}`);
  });
}

/** Something of a schema, with all that it may have. */
function sampleOf(schema) {
  const { type, properties, items, enum: words } = plain(schema);
  if (properties) return Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, sampleOf(member)]));
  return type === 'array' && items ? [sampleOf(items)] : words?.[0] ?? 'x';
}

/** The lists within: of `x`, by the path of which the contract says what comes. */
function faultsWithin({ path, columns, id, items }) {
  const [, operations] = Object.entries(document.paths).find(([other]) => other.replaceAll(/{\w+}/g, 'x') === `/api/v1${path}`);
  const answer = sampleOf(contentOf(operations.get.responses[200]));
  const all = items ? items(answer) : answer.items;
  assert.ok(all.length, path);
  return all.flatMap((one) => [...(id ? [id] : []), ...columns].filter((column) => one[column] === undefined).map((column) => `${path} shows no ${column}`));
}

test('what the console asks for and shows is what the API has', () => {
  const faults = [...faultsOf('/api/v1/rooms', 'post', ROOM_FIELDS.fresh), ...faultsOf('/api/v1/rooms/{room}', 'patch', ROOM_FIELDS.changes)];
  for (const { path, id, fields, changes, columns, within } of RESOURCES) {
    const all = `/api/v1${path}`;
    const one = Object.keys(document.paths).find((other) => other.startsWith(`${all}/{`) && other.split('/').length === 5);
    const { items } = plain(contentOf(document.paths[all].get.responses[200])).properties;
    if (fields) faults.push(...faultsOf(all, 'post', fields));
    if (changes) faults.push(...faultsOf(one, 'patch', changes));
    for (const column of [id, ...columns])
      if (!memberOf(plain(items).items, column)) faults.push(`${all} shows no ${column}`);
    if (within) faults.push(...faultsWithin(within.of({ [id]: 'x' })));
  }
  assert.ok(RESOURCES.length > 5);
  assert.deepEqual(faults, []);
});

test('words of the API that tables and the log of a room show are said in each language', async () => {
  const event = plain({ $ref: '#/components/schemas/Event' });
  const reasons = event.properties.reason.enum, room = { $ref: '#/components/schemas/Room' }; /* a template's settings are as a room's */
  const events = [...read('server/room/room_event.c').matchAll(/\[ROOM_EVENT_\w+\] = "(\w+)"/g)].map(([, word]) => word).filter((word) => word !== 'participant_talking');
  assert.ok(events.length > 20 && reasons.length > 20);
  const faults = [];
  for (const language of ['en', 'it']) {
    const { default: texts } = await moduleOf(`api/web/console_text_${language}.js`);
    const look = (column, words) => faults.push(...words.filter((word) => !(`${column}_${word}` in texts || `word_${word}` in texts)).map((word) => `${language}: ${column} ${word}`));
    for (const { path, columns, within } of RESOURCES) {
      const { items } = plain(contentOf(document.paths[`/api/v1${path}`].get.responses[200])).properties;
      for (const column of columns.filter((one) => WORD_COLUMNS.has(one)))
        look(column.split('.').at(-1), column === 'reason' ? reasons : plain(column.startsWith('settings.') ? memberOf(room, column.slice('settings.'.length)) : memberOf(plain(items).items, column)).enum);
      const inner = within?.of({ name: 'x', id: 'x' });
      if (inner?.key === 'deliveries') look('state', plain({ $ref: '#/components/schemas/Delivery' }).properties.state.enum);
    }
    look('event', events);
  }
  assert.deepEqual(faults, []);
});
