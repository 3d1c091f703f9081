import { Banner } from '@/components/ui/banner';
import { Button, IconButton } from '@/components/ui/button';
import { CloseIcon } from '@/components/ui/icons';
import { awaitsApproval } from '@/lib/chat-message';
import type { ConversationView } from './use-conversation';

/** What stands between the messages and the composer: trouble, or an open question. */
export function ChatStatus({ conversation }: { conversation: ConversationView }) {
  const { problem, connectionLost, messages, isBusy } = conversation;
  if (connectionLost) {
    return (
      <Banner tone="warning">Connection lost. Trying again; nothing that runs is stopped.</Banner>
    );
  }
  if (problem) {
    return (
      <Banner
        action={
          <span className="-my-1 flex items-center gap-1">
            {problem.canRetry && (
              <Button onClick={() => conversation.regenerate()} size="small" variant="outline">
                Try again
              </Button>
            )}
            <IconButton label="Dismiss" onClick={conversation.dismissProblem}>
              <CloseIcon />
            </IconButton>
          </span>
        }
        tone="error"
      >
        {problem.text}
      </Banner>
    );
  }
  if (!isBusy && awaitsApproval(messages.at(-1))) {
    return (
      <p className="px-4 text-muted-foreground text-xs">
        A new message withdraws the question above.
      </p>
    );
  }
  return null;
}
