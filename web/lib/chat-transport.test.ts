import type { UIMessageChunk } from 'ai';
import { afterEach, expect, test, vi } from 'vitest';
import type { ChatMessage } from './chat-message';
import { createChatTransport, requestBody, type StreamReport } from './chat-transport';

const question: ChatMessage = { id: 'q', role: 'user', parts: [{ type: 'text', text: 'hi' }] };
const answer: ChatMessage = { id: 'a', role: 'assistant', parts: [] };

afterEach(() => vi.unstubAllGlobals());

function stub(status: number, body: string | null): StreamReport[] {
  vi.stubGlobal('fetch', async () => new Response(body, { status }));
  return [];
}

async function read(stream: ReadableStream<UIMessageChunk> | null): Promise<UIMessageChunk[]> {
  const chunks: UIMessageChunk[] = [];
  if (stream)
    for await (const chunk of stream as unknown as AsyncIterable<UIMessageChunk>)
      chunks.push(chunk);
  return chunks;
}

const submit = (report: (event: StreamReport) => void) =>
  createChatTransport(report).sendMessages({
    chatId: 'c',
    messages: [question],
    trigger: 'submit-message',
    messageId: undefined,
    abortSignal: undefined,
  });

test('a new message travels alone, in our own form', () => {
  const messages = [question, answer, { ...question, id: 'q2' }];
  expect(
    requestBody({ id: 'c', messages, trigger: 'submit-message', messageId: undefined }),
  ).toEqual({ conversationId: 'c', message: { id: 'q2', role: 'user', parts: question.parts } });
});

test('an edit and a regeneration name what they replace', () => {
  const trigger = 'submit-message' as const;
  const edit = { id: 'c', messages: [question], trigger, messageId: 'q' };
  expect(requestBody(edit)).toEqual(edit);
  expect(
    requestBody({ id: 'c', messages: [question], trigger: 'regenerate-message', messageId: 'a' }),
  ).toMatchObject({ trigger: 'regenerate-message', messageId: 'a', messages: [{ id: 'q' }] });
});

test('the model that was chosen goes along', () => {
  const submission = { id: 'c', messages: [question], messageId: undefined, model: 'large' };
  for (const trigger of ['submit-message', 'regenerate-message'] as const) {
    expect(requestBody({ ...submission, trigger })).toMatchObject({ model: 'large' });
  }
});

test('event ids, comments and [DONE] of the server are understood', async () => {
  const reports = stub(
    200,
    ': open\n\nid: 1\ndata: {"type":"start","messageId":"m"}\n\n: keep-alive\n\nid: 2\ndata: {"type":"finish","finishReason":"stop"}\n\ndata: [DONE]\n\n',
  );
  const chunks = await read(await submit((event) => reports.push(event)));
  expect(chunks.map((chunk) => chunk.type)).toEqual(['start', 'finish']);
  expect(reports).toEqual([{ kind: 'accepted' }]);
});

test('a refusal is not reported as accepted', async () => {
  const reports = stub(409, '{"code":"turn_active","detail":"busy"}');
  await expect(submit((event) => reports.push(event))).rejects.toMatchObject({ statusCode: 409 });
  expect(reports).toEqual([]);
});

test('resuming tells an empty answer from a refusal', async () => {
  const reports = stub(204, null);
  const transport = createChatTransport((event) => reports.push(event));
  expect(await transport.reconnectToStream({ chatId: 'c' })).toBeNull();
  stub(500, '{}');
  await expect(transport.reconnectToStream({ chatId: 'c' })).rejects.toThrow();
  expect(reports).toEqual([{ kind: 'nothing-to-resume' }, { kind: 'resume-refused', status: 500 }]);
});
