'use client';

import { usePathname } from 'next/navigation';
import { useState } from 'react';
import { newId } from '@/lib/id';
import { conversationIdFromPath, conversationPath } from '@/lib/paths';
import { Chat } from './chat';
import { ConversationLoader } from './conversation-loader';

/**
 * Which conversation an address means. A new chat keeps its place on screen when
 * its address changes from `/` to `/c/<id>`; every other change opens another.
 */
function useOpenConversation(): { id: string; isNew: boolean } {
  const pathname = usePathname();
  const [seen, setSeen] = useState(() => ({ pathname, draftId: newId() }));
  let { draftId } = seen;
  if (seen.pathname !== pathname) {
    const becameStored = seen.pathname === '/' && pathname === conversationPath(draftId);
    draftId = becameStored ? draftId : newId();
    setSeen({ pathname, draftId });
  }
  const openId = conversationIdFromPath(pathname) ?? draftId;
  return { id: openId, isNew: openId === draftId };
}

/** Lives in the layout that `/` and `/c/[id]` share, so that a stream survives the change. */
export function ChatRoute() {
  const { id, isNew } = useOpenConversation();
  return isNew ? (
    <Chat id={id} initialMessages={[]} isNew key={id} />
  ) : (
    <ConversationLoader id={id} key={id} />
  );
}
