/*
 * conference_info.mjs - a document of the conference event package, read as strictly as RFC 4575 section 5 has it.
 *
 *   const { entity, state, version, users } = readConferenceInfo(notify.body);    throws if it is not as there
 *   users[0]    { entity, state, endpoints: [{ entity, status, method, media: [{ type, status }] }] }
 *
 * Elements have to stand in their order, no more often than allowed, with the attributes and values that there are.
 */
import assert from 'node:assert/strict';

const state = /^(full|partial|deleted)$/, uint = /^\d{1,10}$/, uri = /^sips?:[^\s<>"]+$|^tel:\S+$/, text = /^[^]*$/, boolean = /^(true|false)$/;
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/* has: elements in their order, * for many; is: the text of a leaf; attributes: ! for what has to be there. */
const GRAMMAR = {
  'conference-info': { attributes: { '!xmlns': /^urn:ietf:params:xml:ns:conference-info$/, '!entity': uri, state: /^(full|partial)$/, version: uint }, has: 'conference-description host-info conference-state users' },
  'conference-description': { attributes: { state }, has: 'display-text subject free-text keywords conf-uris service-uris maximum-user-count available-media' },
  'conference-state': { attributes: { state }, has: 'user-count active locked' },
  users: { attributes: { state }, has: 'user*' },
  user: { attributes: { '!entity': uri, state }, has: 'display-text associated-aors roles languages cascaded-focus endpoint*' },
  roles: { has: 'entry*' },
  endpoint: { attributes: { '!entity': uri, state }, has: 'display-text referred status joining-method joining-info disconnection-method disconnection-info media* call-info' },
  'joining-info': { has: 'when reason by' },
  media: { attributes: { '!id': text, state }, has: 'display-text type label src-id status' },
  'display-text': { is: text }, entry: { is: text }, when: { is: time }, type: { is: /^(audio|video|message)$/ },
  'user-count': { is: uint }, 'maximum-user-count': { is: uint }, active: { is: boolean }, locked: { is: boolean },
  'joining-method': { is: /^(dialed-in|dialed-out|focus-owner)$/ },
  'endpoint status': { is: /^(pending|dialing-out|dialing-in|alerting|on-hold|connected|muted-via-focus|disconnecting|disconnected)$/ },
  'media status': { is: /^(sendrecv|sendonly|recvonly|inactive)$/ },
};

const plain = (escaped) => escaped.replace(/&(lt|gt|quot|apos|amp);/g, (_, name) => ({ lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' })[name]);

/** { name, attributes, children, text }: of elements, attributes and text alone, which is all that there may be. */
function parse(xml) {
  const root = { children: [] }, open = [root];
  const body = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\s*/, '').trimEnd();
  let at = 0;
  for (const match of body.matchAll(/<(\/?)([\w-]+)((?:\s+[\w:-]+="[^"<]*")*)(\/?)>|([^<]+)/g)) {
    assert.equal(match.index, at, `no XML: ${body.slice(at, at + 40)}`);
    at += match[0].length;
    const [, isEnd, name, attributes, isEmpty, words] = match, now = open.at(-1);
    if (words !== undefined) {
      assert.doesNotMatch(words, /&(?!(lt|gt|quot|apos|amp);)/);
      now.text = (now.text ?? '') + plain(words);
    } else if (isEnd) {
      assert.equal(open.pop().name, name);
    } else {
      const element = { name, children: [], attributes: Object.fromEntries([...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key, plain(value)])) };
      now.children.push(element);
      if (!isEmpty) open.push(element);
    }
  }
  assert.equal(at, body.length, `no XML: ${body.slice(at, at + 40)}`);
  assert.deepEqual([open.length, root.children.length], [1, 1]);
  return root.children[0];
}

function checkAttributes({ name, attributes }, allowed = {}) {
  const required = Object.keys(allowed).filter((key) => key.startsWith('!')).map((key) => key.slice(1));
  for (const key of required) assert.ok(key in attributes, `<${name}> without ${key}`);
  for (const [key, value] of Object.entries(attributes)) assert.match(value, allowed[key] ?? allowed[`!${key}`] ?? /^no such attribute$/, `${key} of <${name}>`);
}

function check(element, parent = '') {
  const rule = GRAMMAR[element.name] ?? GRAMMAR[`${parent} ${element.name}`];
  assert.ok(rule, `<${element.name}> in <${parent}>`);
  checkAttributes(element, rule.attributes);
  if (rule.is) return assert.match(element.text ?? '', rule.is, `<${element.name}> in <${parent}>`);
  const order = rule.has.split(' ');
  let place = 0;
  for (const child of element.children) {
    place = order.findIndex((one, i) => i >= place && one.replace('*', '') === child.name);
    assert.ok(place >= 0, `<${child.name}> has no place here in <${element.name}>`);
    if (!order[place].endsWith('*')) place++;
    check(child, element.name);
  }
  return undefined;
}

const child = (element, name) => element.children.find((one) => one.name === name);
const all = (element, name) => element?.children.filter((one) => one.name === name) ?? [];
const textOf = (element, name) => child(element, name)?.text;

export function readConferenceInfo(xml) {
  const root = parse(xml);
  check(root);
  const endpoint = (one) => ({ entity: one.attributes.entity, status: textOf(one, 'status'), method: textOf(one, 'joining-method'), media: all(one, 'media').map((stream) => ({ type: textOf(stream, 'type'), status: textOf(stream, 'status') })) });
  const user = (one) => ({ ...one.attributes, name: textOf(one, 'display-text'), endpoints: all(one, 'endpoint').map(endpoint) });
  return { ...root.attributes, version: Number(root.attributes.version), users: all(child(root, 'users'), 'user').map(user) };
}
