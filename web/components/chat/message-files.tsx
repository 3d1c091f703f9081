import { FileIcon } from '@/components/ui/icons';
import { fileView } from '@/lib/attachments';
import type { FilePart } from '@/lib/chat-message';
import { showHiddenCharacters } from '@/lib/control-characters';

const CHIP =
  'inline-flex max-w-full items-center gap-2 rounded-xl border bg-card px-3 py-2 text-sm transition-colors';

function MessageFile({ file }: { file: FilePart }) {
  const view = fileView(file);
  const name = showHiddenCharacters(file.filename ?? file.mediaType);
  if (view === 'image') {
    return (
      <a href={file.url} rel="noreferrer" target="_blank" title={name}>
        <img
          alt={name}
          className="max-h-56 max-w-full rounded-xl border bg-card object-contain"
          loading="lazy"
          src={file.url}
        />
      </a>
    );
  }
  const label = (
    <>
      <FileIcon className="text-muted-foreground" />
      <span className="truncate" dir="auto">
        {name}
      </span>
    </>
  );
  if (view === 'name') return <span className={CHIP}>{label}</span>;
  return (
    <a className={`${CHIP} hover:bg-accent`} href={file.url} rel="noreferrer" target="_blank">
      {label}
    </a>
  );
}

/** Pictures to look at, everything else to open. */
export function MessageFiles({ files }: { files: FilePart[] }) {
  if (files.length === 0) return null;
  return (
    <ul
      aria-label="Files"
      className="mb-1.5 flex max-w-[85%] flex-wrap justify-end gap-2 sm:max-w-[75%]"
    >
      {files.map((file) => (
        <li className="min-w-0 max-w-full" data-testid="message-file" key={file.url}>
          <MessageFile file={file} />
        </li>
      ))}
    </ul>
  );
}
