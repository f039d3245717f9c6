/*
 * client_story.ts - what a program does with a client that was generated from openapi.yaml.
 *
 * client.test.mjs generates the client beside this file, has both checked by the TypeScript compiler (so fields,
 * answers and parameters are what the document says they are), and runs story() against the real server.
 */
import { client } from './client/client.gen';
import * as raduno from './client/sdk.gen';
import type { Problem } from './client/types.gen';

function must(holds: unknown, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** What came with a status of success; the problem as an error otherwise. */
function good<T>(answer: { data?: T; error?: Problem }): T {
  if (answer.error) throw new Error(`${answer.error.status} ${answer.error.code}: ${answer.error.detail}`);
  must(answer.data !== undefined, 'an answer without a body');
  return answer.data;
}

/** Does @p act while the server's events are read; the names of all up to @p last. */
async function eventsWhile(act: () => Promise<void>, last: string): Promise<string[]> {
  const names: string[] = [];
  const stop = new AbortController();
  const { stream } = await raduno.readEvents({
    signal: stop.signal,
    onSseEvent: ({ event }) => {
      names.push(event ?? '');
      if (event === last) stop.abort();
    },
  });
  const reading = (async () => {
    for await (const data of stream) must(data, 'an event says something');
  })();
  await act();
  await reading;
  return names;
}

async function rooms(): Promise<void> {
  const room = good(await raduno.createRoom({ body: { name: 'blue', max_participants: 9, lobby: 'guests' }, headers: { 'Idempotency-Key': 'blue' } }));
  must(room.max_participants === 9 && room.lobby === 'guests', 'a room is what was asked for');
  const { response } = await raduno.readRoom({ path: { room: 'blue' } });
  const version = response.headers.get('etag');
  must(version, 'a room has a version');
  const changed = good(await raduno.changeRoom({ path: { room: 'blue' }, headers: { 'If-Match': version }, body: { lobby: 'off', max_participants: 7 } }));
  must(changed.lobby === 'off' && changed.max_participants === 7, 'a room is changed');
  const late = await raduno.changeRoom({ path: { room: 'blue' }, headers: { 'If-Match': version }, body: { locked: true } });
  must(late.error?.status === 412, 'an old version changes nothing');
  const wrong = await raduno.createRoom({ body: { name: 'red', max_participants: -1 } });
  must(wrong.error?.errors?.[0]?.field === '/max_participants', 'the wrong field is named');
  for (const name of ['green', 'red']) good(await raduno.createRoom({ body: { name } }));
  const names: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = good(await raduno.listRooms({ query: { limit: 2, after } }));
    names.push(...page.items.map((one) => one.name));
    if (!page.next) break;
    after = page.next;
  }
  must(names.join() === 'blue,green,red', `rooms are listed page by page: ${names}`);
}

async function chat(): Promise<void> {
  const line = good(await raduno.postMessage({ path: { room: 'blue' }, body: { text: 'hello', display_name: 'Desk' } }));
  const { items } = good(await raduno.listMessages({ path: { room: 'blue' } }));
  must(items.some(({ id, text }) => id === line.id && text === 'hello'), 'what was written can be read');
}

async function files(): Promise<void> {
  const bytes = new Blob(['a file\n'.repeat(1000)]);
  const file = good(await raduno.shareFile({ path: { room: 'blue' }, query: { name: 'words.txt' }, body: bytes }));
  must(file.bytes === bytes.size && file.type === 'text/plain', 'a file came whole');
  const content = await raduno.downloadFile({ path: { room: 'blue', id: file.id }, parseAs: 'text' });
  must((content.data as unknown) === (await bytes.text()), 'it is downloaded as it was shared');
  const part = await raduno.downloadFile({ path: { room: 'blue', id: file.id }, headers: { Range: 'bytes=2-5' }, parseAs: 'text' });
  must((part.data as unknown) === 'file', 'a part of it, too');
  await raduno.deleteFile({ path: { room: 'blue', id: file.id }, throwOnError: true });
  must((await raduno.readFile({ path: { room: 'blue', id: file.id } })).error?.code === 'no_such_file', 'a removed file is gone');
}

/** A token that is good for one room asks with a client's own settings. */
async function tokens(url: string): Promise<void> {
  const { id, token } = good(await raduno.createToken({ body: { name: 'Ann', role: 'moderator', rooms: ['blue'] } }));
  const hers = { baseUrl: url, auth: () => token };
  good(await raduno.readRoom({ ...hers, path: { room: 'blue' } }));
  must((await raduno.readRoom({ ...hers, path: { room: 'red' } })).error?.status === 403, 'a token is for its rooms only');
  await raduno.deleteToken({ path: { id }, throwOnError: true });
  must((await raduno.readRoom({ ...hers, path: { room: 'blue' } })).error?.code === 'wrong_token', 'a token ends');
}

async function people(): Promise<void> {
  good(await raduno.createAccount({ body: { name: 'alice', password: 'a long secret', number: '101' } }));
  good(await raduno.createTrunk({ body: { name: 'line', gateways: [{ uri: 'sip:127.0.0.1:9' }] } }));
  good(await raduno.createNumber({ body: { number: '+4930X.', leads_to: 'room', target: 'blue' } }));
  const { name } = good(await raduno.changeTrunk({ path: { name: 'line' }, body: { lines: 3 } }));
  must(name === 'line', 'a trunk is changed');
  const participant = good(await raduno.dialParticipant({ path: { room: 'blue' }, body: { uri: 'sip:bob@127.0.0.1:9' } }));
  must('state' in participant && participant.state !== 'connected', 'nobody is there who could answer');
  const play = await raduno.startPlay({ path: { room: 'blue' }, body: { prompt: 'welcome' } });
  must(play.error?.code === 'not_connected', 'nothing is played to nobody');
}

async function operation(): Promise<void> {
  must(good(await raduno.readReady()).status === 'ready', 'it is ready');
  const metrics = await raduno.readMetrics({ parseAs: 'text' });
  must(/^raduno_rooms 3$/m.test(metrics.data ?? ''), 'metrics count rooms');
  must(good(await raduno.listAudit({ query: { limit: 200 } })).items.length > 5, 'what was changed is kept');
}

/** Throws if something is not as documented. */
export async function story(url: string, token: string): Promise<void> {
  client.setConfig({ baseUrl: url, auth: () => token });
  await rooms();
  const names = await eventsWhile(async () => {
    await chat();
    await files();
    await people();
    await tokens(url);
    await operation();
    await raduno.deleteRoom({ path: { room: 'red' }, throwOnError: true });
  }, 'room_deleted');
  for (const name of ['message', 'file_shared', 'file_removed', 'trunk_created', 'token_deleted'])
    must(names.includes(name), `no event ${name} among ${names}`);
}
