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
};

/**
 * The server reads history from its database, so only the newest message is
 * sent: in our own short form for a new message, in the SDK's form when an edit
 * or a regeneration has to name the message it replaces.
 */
export function requestBody({ id, messages, trigger, messageId }: Submission): object {
  const newest = messages.findLast((message) => message.role === 'user');
  const message = newest && { id: newest.id, role: newest.role, parts: newest.parts };
  if (trigger === 'submit-message' && messageId === undefined) {
    return { conversationId: id, message };
  }
  return { id, messages: message ? [message] : [], trigger, messageId };
}

export function createChatTransport(report: (event: StreamReport) => void) {
  return new DefaultChatTransport<ChatMessage>({
    api: CHAT_API,
    prepareSendMessagesRequest: (submission) => ({ body: requestBody(submission) }),
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
