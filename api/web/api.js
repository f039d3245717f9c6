/*
 * api.js - the server's side of a call, over HTTP: made, read, changed, ended; and what went wrong.
 *
 *   const { id, answer } = await createCall(room, { offer, display_name, pin });
 *   await changeCall(url, { muted: true });  await readCall(url);  endCall(url);
 *   const source = watchCall(url);           an EventSource with `room`, `message`, `message_deleted` events
 *   const { items, next } = await readMessages(room, id, after);      the id of the call is the key
 *   await postMessage(room, id, { text, to });  await deleteMessage(room, id, message.id);
 *
 * Errors are a Problem: code (of the server, or "network"), status, detail, retryAfter [s], errors (of fields).
 */
const PATIENCE_MS = 10000;

export class Problem extends Error {
  constructor({ code = 'other', status = 0, detail = '', retryAfter = null, errors = [] }) {
    super(detail || code);
    Object.assign(this, { code, status, detail, retryAfter, errors });
  }
}

export async function problemOf(response) {
  let body = {};
  try {
    body = await response.json();
  } catch {
    /* a proxy's page, or nothing */
  }
  return new Problem({
    code: body.code, status: response.status, detail: body.detail || `HTTP ${response.status}`,
    retryAfter: Number(response.headers.get('Retry-After')) || null, errors: body.errors,
  });
}

/** @param headers more of them, as one who has a token sends */
export async function ask(method, url, body, headers = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const response = await fetch(url, {
      method, signal: stop.signal, cache: 'no-store',
      headers: { ...headers, ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw await problemOf(response);
    return response.status === 204 ? null : await response.json();
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem({ code: 'network', detail: error.message });
  } finally {
    clearTimeout(timer);
  }
}

const roomOf = (room) => `/api/v1/rooms/${encodeURIComponent(room)}`;
const callsOf = (room) => `${roomOf(room)}/calls`;

/** Calls the room; gives the view, with `url`, which is the key to this call. */
export async function createCall(room, body) {
  const view = await ask('POST', callsOf(room), body);
  return { ...view, url: `${callsOf(room)}/${encodeURIComponent(view.id)}` };
}

export const readCall = (url) => ask('GET', url);
export const changeCall = (url, change) => ask('PATCH', url, change);
export const watchCall = (url) => new EventSource(`${url}/events`);

const messagesOf = (room, after) => `/api/v1/rooms/${encodeURIComponent(room)}/messages${after}`;

const asCall = (id) => ({ Authorization: `Bearer ${id}` });

export const readMessages = (room, call, after) => ask('GET', messagesOf(room, `?limit=200${after ? `&after=${after}` : ''}`), undefined, asCall(call));
export const postMessage = (room, call, body) => ask('POST', messagesOf(room, ''), body, asCall(call));
export const deleteMessage = (room, call, id) => ask('DELETE', messagesOf(room, `/${id}`), undefined, asCall(call));

/** Hangs up; also when the page is just going away. Nobody waits for the answer. */
export function endCall(url) {
  fetch(url, { method: 'DELETE', keepalive: true }).catch(() => {});
}

const bearer = (token) => ({ Authorization: `Bearer ${token}` });
const filesOf = (room) => `${roomOf(room)}/files`;

/* What a moderator does; the token is the id of a moderator's call in that room. */
export const listWaiting = async (room, token) => (await ask('GET', `${roomOf(room)}/participants?state=lobby&limit=200`, undefined, bearer(token))).items;
export const changeRoom = (room, change, token) => ask('PATCH', roomOf(room), change, bearer(token));

export const startRecording = (room, token) => ask('POST', `${roomOf(room)}/recordings`, {}, bearer(token));

/** Ends the one that is being made. */
export async function endRecording(room, token) {
  for (let after = ''; after !== null;) {
    const page = await ask('GET', `${roomOf(room)}/recordings?limit=200${after && `&after=${encodeURIComponent(after)}`}`, undefined, bearer(token));
    const running = page.items.find(({ state }) => state === 'recording' || state === 'paused');
    if (running) return ask('PATCH', `${roomOf(room)}/recordings/${encodeURIComponent(running.id)}`, { state: 'stopped' }, bearer(token));
    after = page.next;
  }
  return null;
}

/** One action on many. @param whom { only: [id, ...] }, { but_moderators: true }, or {}: all. Gives a result for each. */
export const actOn = async (room, action, whom, token) => (await ask('POST', `${roomOf(room)}/actions`, { action, ...whom }, bearer(token))).results;

/** All files of a room; the token is the id of a call in it. */
export async function listFiles(room, token) {
  const files = [];
  for (let after = ''; after !== null;) {
    const page = await ask('GET', `${filesOf(room)}?limit=200${after && `&after=${after}`}`, undefined, bearer(token));
    files.push(...page.items);
    after = page.next;
  }
  return files;
}

const presentationOf = (room) => `${roomOf(room)}/presentation`;

/** The types of files that can be shown in a room's pictures. */
export const PRESENTABLE = new Set(['image/jpeg', 'image/png', 'image/webp', 'application/pdf']);
export const beginPresentation = (room, file, token) => ask('POST', presentationOf(room), { file }, bearer(token));
export const turnPresentation = (room, page, token) => ask('PATCH', presentationOf(room), { page }, bearer(token));
export const endPresentation = (room, token) => ask('DELETE', presentationOf(room), undefined, bearer(token));
/** To all whose phones take files. @return whose. */
export const sendFile = async (room, file, token) => (await ask('POST', `/api/v1/rooms/${encodeURIComponent(room)}/file-offers`, { file }, bearer(token))).items;
export const removeFile = (room, id, token) => ask('DELETE', `${filesOf(room)}/${id}`, undefined, bearer(token));
