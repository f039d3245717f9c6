/*
 * problem.mjs - is this answer the problem that it should be (RFC 9457)?
 *
 *   const { errors } = problem(await api.post('/rooms', {}), 422, 'invalid_body');
 *   fieldsOf(body)    ['/name', ...]
 */
import assert from 'node:assert/strict';

/** The problem; fails unless it is one of that status and code, with a sentence for a person. */
export function problem(answer, status, code) {
  const what = `${answer.what}: ${answer.status} ${JSON.stringify(answer.body)}`;
  assert.equal(answer.status, status, what);
  assert.equal(answer.headers['content-type'], 'application/problem+json', what);
  assert.equal(answer.body.status, status, what);
  assert.equal(answer.body.code, code, what);
  assert.equal(answer.body.type, `urn:raduno:problem:${code}`, what);
  assert.match(answer.body.detail, /^[A-Z].*[.)]$/s, what);
  return answer.body;
}

export const fieldsOf = ({ errors }) => errors.map(({ field }) => field);
