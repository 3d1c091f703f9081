import { useEffect, useState } from 'react';
import { type ChatMessage, containsSent } from '@/lib/chat-message';
import { readDraft, writeDraft } from '@/lib/drafts';

const NEW_CHAT = 'new';

/**
 * The text in the composer. It is kept through reloads, and text that is on its
 * way stays kept under a second name until the server has taken it.
 */
export function useDraft(id: string, isNew: boolean, initialMessages: ChatMessage[]) {
  const [key, setKey] = useState(isNew ? NEW_CHAT : id);
  const [text, setText] = useState(() => {
    const typed = readDraft(key);
    const sending = readDraft(`${key}:sending`);
    const wasStored = containsSent(initialMessages, { messageId: '', text: sending });
    return typed === '' && !wasStored ? sending : typed;
  });

  useEffect(() => {
    writeDraft(key, text);
  }, [key, text]);

  return {
    text,
    setText,
    release: (sent: string) => {
      writeDraft(`${key}:sending`, sent);
      setText('');
    },
    confirm: () => {
      writeDraft(`${key}:sending`, '');
      if (key === id) return;
      writeDraft(key, '');
      setKey(id);
    },
    restore: (sent: string) => {
      writeDraft(`${key}:sending`, '');
      setText((typed) => (typed === '' ? sent : `${sent}\n\n${typed}`));
    },
  };
}
