import { expect, test } from 'vitest';
import { ApiError, describeError, parseProblem, refusalOf } from './problem';

const BODY = JSON.stringify({
  title: 'Unprocessable',
  status: 422,
  code: 'unprocessable',
  detail: 'The request has wrong fields.',
  requestId: 'r1',
  fields: [{ field: '/email', problem: 'is not an address' }, { broken: true }],
});

test('a problem body keeps its code, detail, request id and fields', () => {
  const error = new ApiError(parseProblem(422, BODY));
  expect(error).toMatchObject({ code: 'unprocessable', requestId: 'r1', status: 422 });
  expect(error.message).toBe('The request has wrong fields.');
  expect(error.field('email')).toBe('is not an address');
  expect(error.field('name')).toBeNull();
});

test('anything else becomes a sentence, never markup', () => {
  for (const body of ['<html>Bad gateway</html>', '', 'null', '[]', '{"detail":7}']) {
    expect(parseProblem(502, body).detail).toBe(
      'The server could not be reached. Please try again.',
    );
  }
  expect(parseProblem(401, '').code).toBe('unauthorized');
});

test('a refused chat request is read from the SDK error', () => {
  const error = Object.assign(new Error(BODY), { statusCode: 409, responseBody: BODY });
  expect(refusalOf(error)?.detail).toBe('The request has wrong fields.');
  expect(refusalOf(new Error('from the stream'))).toBeNull();
  expect(describeError(new TypeError('fetch failed'))).toContain('could not be reached');
});
