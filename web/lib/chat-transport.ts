import { DefaultChatTransport } from 'ai';
import type { ChatMessage } from './chat-message';

const CHAT_API = '/api/agent';

export type StreamReport =
  | { kind: 'accepted' }
  | { kind: 'resumed' }
  | { kind: 'nothing-to-resume' }
  | { kind: 'resume-refused'; status: number };

type Submission = {
  id: string;
  messages: ChatMessage[];
  trigger: 'submit-message' | 'regenerate-message';
  messageId: string | undefined;
  /** The model that is to answer from now on; without it the one before. */
  model?: string;
};

/**
 * The server reads history from its database, so only the newest message is
 * sent: in our own short form for a new message, in the SDK's form when an edit
 * or a regeneration has to name the message it replaces.
 */
export function requestBody(submission: Submission): object {
  const { id, messages, trigger, messageId, model } = submission;
  const newest = messages.findLast((message) => message.role === 'user');
  const message = newest && { id: newest.id, role: newest.role, parts: newest.parts };
  if (trigger === 'submit-message' && messageId === undefined) {
    return { conversationId: id, message, model };
  }
  return { id, messages: message ? [message] : [], trigger, messageId, model };
}

export function createChatTransport(
  report: (event: StreamReport) => void,
  model: () => string | undefined = () => undefined,
) {
  return new DefaultChatTransport<ChatMessage>({
    api: CHAT_API,
    prepareSendMessagesRequest: (submission) => ({
      body: requestBody({ ...submission, model: model() }),
    }),
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      if (init?.method === 'POST') {
        if (response.ok) report({ kind: 'accepted' });
      } else if (response.status === 204) {
        report({ kind: 'nothing-to-resume' });
      } else {
        report(
          response.ok ? { kind: 'resumed' } : { kind: 'resume-refused', status: response.status },
        );
      }
      return response;
    },
  });
}
