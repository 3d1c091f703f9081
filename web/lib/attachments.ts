import type { StoredFile } from './api-types';
import type { FilePart } from './chat-message';

/** A file on its way into the next message. */
export type Attachment = {
  key: string;
  name: string;
  size: number | null;
  state:
    | { kind: 'uploading'; share: number }
    | { kind: 'failed'; problem: string }
    | { kind: 'ready'; part: FilePart };
};

const MOST_FILES = 10;
const LARGEST_BYTES = 20 * 1024 * 1024;

export const ACCEPTED =
  'image/png,image/jpeg,image/gif,image/webp,application/pdf,text/*,application/json,.md,.csv,.log';

/** Why a file is not worth sending to the server, which decides about all others. */
export function plainRefusal(file: Pick<File, 'size'>, already: number): string | null {
  if (already >= MOST_FILES) return `At most ${MOST_FILES} files in one message.`;
  if (file.size === 0) return 'This file is empty.';
  return file.size > LARGEST_BYTES ? 'Too large: at most 20 MB.' : null;
}

export function partOf({ name, url, mediaType }: StoredFile): FilePart {
  return { type: 'file', mediaType, filename: name, url };
}

export function readyParts(attachments: Attachment[]): FilePart[] {
  return attachments.flatMap(({ state }) => (state.kind === 'ready' ? [state.part] : []));
}

/** The id of a stored file by its address; null for any address that is not one of ours. */
export function storedFileId(url: string): string | null {
  return /^\/api\/files\/([A-Za-z0-9-]+)$/.exec(url)?.[1] ?? null;
}

/** How a file of a message can be shown without asking another host for anything. */
export function fileView({ url, mediaType }: FilePart): 'image' | 'link' | 'name' {
  const isImage = /^image\/(png|jpeg|gif|webp)$/.test(mediaType);
  if (storedFileId(url)) return isImage ? 'image' : 'link';
  return isImage && url.startsWith(`data:${mediaType};base64,`) ? 'image' : 'name';
}
