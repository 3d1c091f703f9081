import { usePathname, useRouter } from 'next/navigation';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Confirm } from '@/components/ui/confirm';
import type { Conversation } from '@/lib/api-types';
import { sameConversation } from '@/lib/conversation-list';
import { conversationIdFromPath } from '@/lib/paths';
import { ConversationItem } from './conversation-item';
import { useConversations } from './conversations';
import { MoreConversations } from './more-conversations';
import { RenameDialog } from './rename-dialog';

export function ConversationList({ onNavigate }: { onNavigate?: () => void }) {
  const { items, hasMore, failure, refresh, loadMore, remove } = useConversations();
  const router = useRouter();
  const openId = conversationIdFromPath(usePathname());
  const [renaming, setRenaming] = useState<Conversation | null>(null);
  const [deleting, setDeleting] = useState<Conversation | null>(null);

  const confirmDelete = async (conversation: Conversation) => {
    await remove(conversation.id);
    if (sameConversation(conversation, openId)) router.push('/');
  };

  return (
    <nav aria-label="Conversations" className="flex min-h-0 flex-1 flex-col">
      <h2 className="px-4.5 pb-1.5 font-medium text-muted-foreground text-xs">Conversations</h2>
      <ul
        className="min-h-0 flex-1 space-y-0.5 overflow-y-auto px-2 pb-3"
        data-testid="conversation-list"
      >
        {items?.map((conversation) => (
          <ConversationItem
            conversation={conversation}
            isCurrent={sameConversation(conversation, openId)}
            key={conversation.id}
            onDelete={() => setDeleting(conversation)}
            onNavigate={onNavigate}
            onRename={() => setRenaming(conversation)}
          />
        ))}
        {items?.length === 0 && (
          <li className="px-2.5 py-1.5 text-muted-foreground text-sm">Nothing here yet.</li>
        )}
        {failure && (
          <li className="flex flex-col items-start gap-2 px-2.5 py-1.5 text-sm" role="alert">
            <span className="text-muted-foreground">{failure}</span>
            <Button onClick={refresh} size="small" variant="outline">
              Try again
            </Button>
          </li>
        )}
        {hasMore && <MoreConversations failed={failure !== null} onMore={loadMore} />}
      </ul>
      {renaming && <RenameDialog conversation={renaming} onClose={() => setRenaming(null)} />}
      <Confirm
        action="Delete"
        danger
        description={
          <>
            “{deleting?.title || deleting?.preview || 'New conversation'}” and its messages will be
            removed for good. Tasks that were made in it stay.
          </>
        }
        onClose={() => setDeleting(null)}
        onConfirm={() => (deleting ? confirmDelete(deleting) : undefined)}
        open={deleting !== null}
        title="Delete this conversation?"
      />
    </nav>
  );
}
