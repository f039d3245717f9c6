/*
 * docs.js - the page /docs: reads /api/v1/openapi.yaml and lays it out. What is in it goes into
 * the page as text.
 */
import { byId, make } from './dom.js';
import { parseYaml } from './yaml.mjs';

const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'];
const LIMITS = { minimum: 'at least', maximum: 'at most', minLength: 'at least', maxLength: 'at most', maxItems: 'at most', default: 'default', pattern: 'fits', format: 'format' };
const CHARACTERS = new Set(['minLength', 'maxLength']);

const nameOf = (ref) => ref.split('/').at(-1);
const code = (text) => make('code', { text });
const note = (text) => make('span', { class: 'note', text });

function resolve(document, node) {
  return node?.$ref ? node.$ref.slice(2).split('/').reduce((at, part) => at[part], document) : node;
}

/* ---- schemas ---- */

const link = (ref) => make('a', { href: `#schema-${nameOf(ref)}`, text: nameOf(ref) });

/** What kind of value it is, in words and links. */
function kind(schema) {
  if (!schema) return ['anything'];
  if (schema.$ref) return [link(schema.$ref)];
  if (schema.oneOf) return schema.oneOf.flatMap((one, i) => [...(i ? [' or '] : []), ...kind(one)]);
  if (schema.enum) return [schema.enum.map((value) => JSON.stringify(value)).join(', ')];
  if (schema.type === 'array') return ['list of ', ...kind(schema.items)];
  return [[schema.type ?? 'object'].flat().join(' or ')];
}

function limits(schema) {
  return Object.entries(LIMITS).filter(([name]) => schema[name] !== undefined)
    .map(([name, word]) => `${word} ${typeof schema[name] === 'object' ? JSON.stringify(schema[name]) : schema[name]}${CHARACTERS.has(name) ? ' characters' : ''}`).join(', ');
}

function field(name, schema, isRequired) {
  const words = limits(schema);
  const head = make('dt', {}, [code(name), ' ', ...kind(schema), ...(isRequired ? [' ', note('always')] : []), ...(words ? [' ', note(words)] : [])]);
  const more = schema.properties ? [fields(schema)] : [];
  return [head, ...(schema.description || more.length ? [make('dd', {}, [schema.description ?? '', ...more])] : [])];
}

function fields(schema) {
  const list = make('dl');
  for (const [name, one] of Object.entries(schema.properties ?? {})) list.append(...field(name, one, schema.required?.includes(name)));
  return list;
}

function schemaSection(name, schema) {
  const parts = schema.properties ? [fields(schema)] : [make('p', {}, [...kind(schema), ' ', note(limits(schema))])];
  if (schema.description) parts.unshift(make('p', { text: schema.description }));
  return make('section', { class: 'schema', id: `schema-${name}` }, [make('h3', { text: name }), ...parts]);
}

/* ---- operations ---- */

function parameters(document, list) {
  const rows = make('dl');
  for (const one of list.map((node) => resolve(document, node))) {
    const schema = one.schema ?? {};
    rows.append(make('dt', {}, [code(one.name), ` in ${one.in}, `, ...kind(schema), ' ', note(limits(schema))]));
    if (one.description) rows.append(make('dd', { text: one.description }));
  }
  return list.length ? [make('h4', { text: 'Parameters' }), rows] : [];
}

function content(node) {
  return Object.entries(node?.content ?? {}).flatMap(([type, { schema }], i) => [...(i ? [make('br')] : []), code(type), ': ', ...kind(schema)]);
}

function answers(document, responses) {
  const rows = make('dl');
  for (const [status, node] of Object.entries(responses)) {
    if (status === 'default') continue;
    const response = resolve(document, node);
    const headers = Object.keys(response.headers ?? {});
    rows.append(make('dt', {}, [code(status), ` ${response.description}`]),
      make('dd', {}, [...content(response), ...(headers.length ? [make('div', { class: 'note', text: `with ${headers.join(', ')}` })] : [])]));
  }
  return [make('h4', { text: 'Answers' }), rows];
}

function operationSection(document, path, method, item, operation) {
  const security = operation.security ?? document.security;
  const role = security[0]?.token?.[0] ?? 'no token needed';
  const parts = [make('h3', {}, [make('span', { class: 'role', text: role }), make('span', { class: 'method', text: method.toUpperCase() }), make('span', { class: 'path', text: path })]),
    make('p', { text: operation.summary })];
  if (operation.description) parts.push(make('p', { text: operation.description }));
  parts.push(...parameters(document, [...(item.parameters ?? []), ...(operation.parameters ?? [])]));
  if (operation.requestBody) parts.push(make('h4', { text: 'Body' }), make('p', {}, content(operation.requestBody)));
  parts.push(...answers(document, operation.responses));
  return make('section', { class: 'operation', id: operation.operationId }, parts);
}

function operations(document) {
  const byTag = new Map(document.tags.map(({ name }) => [name, []]));
  for (const [path, item] of Object.entries(document.paths))
    for (const method of METHODS.filter((name) => item[name])) {
      const [tag] = item[method].tags;
      if (!byTag.has(tag)) byTag.set(tag, []);
      byTag.get(tag).push(operationSection(document, path, method, item, item[method]));
    }
  return byTag;
}

/* ---- the page ---- */

/** Hides what has not all the words, and headings that nothing is left of. */
function find(words) {
  for (const section of document.querySelectorAll('main section')) {
    const text = section.textContent.toLowerCase();
    section.hidden = !words.every((word) => text.includes(word));
  }
  for (const group of document.querySelectorAll('main > div')) group.hidden = !group.querySelector('section:not([hidden])');
}

function lay(contract) {
  const groups = [...operations(contract)].filter(([, sections]) => sections.length);
  groups.push(['schemas', Object.entries(contract.components.schemas).map(([name, schema]) => schemaSection(name, schema))]);
  byId('title').textContent = `${contract.info.title} ${contract.info.version}: the API`;
  byId('main').replaceChildren(make('p', { text: contract.info.description }),
    ...groups.map(([name, sections]) => make('div', {}, [make('h2', { id: `tag-${name}`, text: name }), ...sections])));
  byId('contents').replaceChildren(make('ul', {}, groups.map(([name]) => make('li', {}, [make('a', { href: `#tag-${name}`, text: name })]))));
  byId('find').addEventListener('input', ({ target }) => find(target.value.toLowerCase().split(/\s+/).filter(Boolean)));
  if (location.hash) byId(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

try {
  const response = await fetch('/api/v1/openapi.yaml');
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  lay(parseYaml(await response.text()));
} catch (error) {
  byId('state').textContent = `The contract cannot be read: ${error.message}`;
}
