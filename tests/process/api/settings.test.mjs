/* What the API takes, against the contract: each field is given what it cannot be, and what the server says of it (its
 * type, its limits, its words) is compared with openapi.yaml, both ways. So are null and the defaults. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { startServer } from '../../support/server.mjs';
import { parseYaml } from '../../../api/web/yaml.mjs';
import { resolve } from './schema.mjs';

/* How one is made. Templates are set as rooms are, by the same schema. */
const KINDS = [
  { path: '/rooms', made: { name: 'blue' } },
  { path: '/accounts', made: { name: 'alice', password: 'a-long-secret' } },
  { path: '/trunks', made: { name: 'line' } },
  { path: '/numbers', made: { number: '+4930', leads_to: 'menu' } },
];

const contentOf = ({ content }) => Object.values(content)[0].schema;

/** The types of a schema, and what is said of the one that is not null. */
function plain(document, schema) {
  const one = resolve(document, schema);
  if (!one.oneOf) return { ...one, types: [one.type].flat() };
  const parts = one.oneOf.map((part) => plain(document, part));
  return { ...parts.find(({ types }) => !types.includes('null')), types: parts.flatMap(({ types }) => types) };
}

const fieldsOf = (document, schema) => Object.entries(plain(document, schema).properties).map(([name, member]) => ({ name, ...plain(document, member) }));

/** Something that the field cannot be. */
function wrongFor({ types, enum: words, maxLength = 8191, maxItems }) {
  if (words || types.includes('boolean') || types.includes('object')) return types.includes('string') ? 'no such word' : 5;
  if (types.includes('array')) return Array((maxItems ?? 500) + 1).fill('x');
  return types.includes('string') ? 'x'.repeat(maxLength + 1) : 1e15;
}

/** What the server is to say of that. */
function expectedOf({ types, enum: words, minimum, maximum, minLength = 0, maxLength, maxItems }) {
  if (words) return ['one of', ...words.filter((word) => word !== null).sort()];
  if (types.includes('boolean')) return ['true or false'];
  if (types.includes('object')) return ['an object'];
  if (types.includes('integer')) return ['from', minimum, maximum];
  if (types.includes('array')) return ['items', maxItems];
  return maxLength === undefined ? ['bytes'] : ['bytes', minLength, maxLength];
}

/** What it says, in those words. */
function saidOf(detail, { maxLength }) {
  const words = /^has to be one of (".*")$/.exec(detail);
  if (words) return ['one of', ...words[1].split(', ').map((word) => word.slice(1, -1)).sort()];
  const [, what, unit, least, most] = /^(has \d+|is \S+?) ?(bytes|items)?; (\S+) to (\S+) are allowed$/.exec(detail) ?? [];
  if (what?.startsWith('is')) return ['from', Number(least), Number(most)];
  if (unit === 'items') return ['items', Number(most)];
  if (unit) return maxLength === undefined ? ['bytes'] : ['bytes', Number(least), Number(most)];
  return [detail.replace('has to be ', '')];
}

/** What is wrong, by field. */
async function refuse(api, method, path, body) {
  const answer = await api[method](path, body);
  if (answer.status < 300) return {};
  assert.equal(answer.status, 422, JSON.stringify(answer.body));
  return Object.fromEntries(answer.body.errors.map(({ field, detail }) => [field.split('/')[1], detail]));
}

test('what the API takes is what openapi.yaml says', async (t) => {
  const { api } = await startServer({ t, set: { 'api.rate_per_source': 0 } });
  const document = parseYaml((await api.get('/openapi.yaml')).expect(200).body);
  for (const { path, made } of KINDS) {
    const all = document.paths[`/api/v1${path}`];
    const [one] = Object.entries(document.paths).filter(([other]) => new RegExp(`^/api/v1${path}/{\\w+}$`).test(other)).map(([, item]) => item);
    const { body } = (await api.post(path, made)).expect(201);
    const itself = `${path}/${encodeURIComponent(Object.values(made)[0])}`;
    const shown = fieldsOf(document, contentOf(all.post.responses[201]));
    const fresh = fieldsOf(document, contentOf(all.post.requestBody));
    const changed = fieldsOf(document, contentOf(one.patch.requestBody));
    assert.ok(shown.length > 4 && changed.length > 3, path);

    /* gateways is a list of objects, of which more is said, and later than of the others */
    const probed = changed.filter(({ items }) => !plain(document, items ?? {}).types.includes('object'));
    const readOnly = shown.filter(({ name }) => !changed.some((field) => field.name === name));
    const wrong = Object.fromEntries([...probed.map((field) => [field.name, wrongFor(field)]), ...readOnly.map(({ name }) => [name, 5])]);
    const said = await refuse(api, 'patch', itself, wrong);
    const expected = [...probed.map((field) => [field.name, expectedOf(field)]), ...readOnly.map(({ name }) => [name, ['cannot be set']])];
    assert.deepEqual(Object.fromEntries(Object.entries(said).map(([name, detail]) => [name, saidOf(detail, probed.find((field) => field.name === name) ?? {})])),
      Object.fromEntries(expected), path);

    const strip = ({ name, types, enum: words, description, default: initial, ...rest }) => ({ name, types: types.filter((type) => type !== 'null'), words: words?.filter((word) => word !== null).sort() });
    const both = (fields, others) => fields.filter(({ name }) => others.some((other) => other.name === name)).map(strip);
    assert.deepEqual(both(fresh, changed), both(changed, fresh), path); // so what is said of one holds for the other
    assert.deepEqual(changed.filter(({ name }) => !fresh.some((field) => field.name === name)), [], path);

    for (const [method, at, fields] of [['patch', itself, changed], ['post', path, fresh]]) {
      const nulls = Object.fromEntries(fields.map(({ name }) => [name, null]));
      const refused = await refuse(api, method, at, nulls);
      const strict = fields.filter(({ types }) => !types.includes('null')).map(({ name }) => [name, 'cannot be null']);
      assert.deepEqual(Object.fromEntries(Object.entries(refused).filter(([, detail]) => detail === 'cannot be null')), Object.fromEntries(strict), `${method} ${path}`);
    }

    for (const { name, default: initial } of fresh)
      if (initial !== undefined) assert.deepEqual(body[name], initial, `${path} ${name}`);
  }
});
