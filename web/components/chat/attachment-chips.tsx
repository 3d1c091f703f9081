import { useSession } from '@/components/shell/session';
import { IconButton } from '@/components/ui/button';
import { AlertIcon, CloseIcon, FileIcon } from '@/components/ui/icons';
import { Progress } from '@/components/ui/progress';
import { sizeInWords } from '@/lib/amounts';
import { type Attachment, fileView } from '@/lib/attachments';
import { cx } from '@/lib/cx';
import type { Attachments } from './use-attachments';

function Picture({ state }: Pick<Attachment, 'state'>) {
  if (state.kind === 'failed') return <AlertIcon className="text-destructive" />;
  if (state.kind === 'ready' && fileView(state.part) === 'image') {
    return <img alt="" className="size-9 shrink-0 rounded-md object-cover" src={state.part.url} />;
  }
  return <FileIcon className="text-muted-foreground" />;
}

function Note({ name, size, state }: Attachment) {
  const { locale } = useSession().locale;
  if (state.kind === 'uploading')
    return <Progress label={`Uploading ${name}`} share={state.share} />;
  if (state.kind === 'failed') {
    return (
      <span className="block break-words text-destructive text-xs" role="alert">
        {state.problem}
      </span>
    );
  }
  if (size === null) return null;
  return <span className="block text-muted-foreground text-xs">{sizeInWords(size, locale)}</span>;
}

export function AttachmentChips({ attachments }: { attachments: Attachments }) {
  if (attachments.items.length === 0) return null;
  return (
    <ul aria-label="Attached files" className="flex flex-wrap gap-2 px-3 pt-3">
      {attachments.items.map((attachment) => (
        <li
          className={cx(
            'flex w-56 max-w-full items-center gap-2.5 rounded-xl border py-1.5 pr-1 pl-2.5 text-sm',
            attachment.state.kind === 'failed' && 'border-destructive/40',
          )}
          data-testid="attachment"
          key={attachment.key}
        >
          <Picture state={attachment.state} />
          <span className="min-w-0 flex-1">
            <span className="block truncate" dir="auto">
              {attachment.name}
            </span>
            <Note {...attachment} />
          </span>
          <IconButton
            className="text-muted-foreground"
            label={`Remove ${attachment.name}`}
            onClick={() => attachments.remove(attachment)}
          >
            <CloseIcon />
          </IconButton>
        </li>
      ))}
    </ul>
  );
}
