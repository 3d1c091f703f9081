import type { StreamReport } from './chat-transport';
import { type ApiError, isNetworkError, refusalOf } from './problem';

/** What was seen of one request to the chat API, from its start to its end. */
export type StreamRecord = {
  isResume: boolean;
  report: StreamReport | null;
  finish: { isAbort: boolean; isDisconnect: boolean; finishReason?: string } | null;
  error: Error | null;
};

export type StreamEnd =
  | { kind: 'finished'; reason: string }
  | { kind: 'aborted' }
  /** Nothing runs on the server; its stored messages are the truth. */
  | { kind: 'nothing-to-resume' }
  /** The connection ended before the turn did: look again. */
  | { kind: 'cut' }
  | { kind: 'signed-out' }
  /** The server did not take the request, so nothing of it happened. */
  | { kind: 'refused'; error: ApiError }
  /** The turn itself failed. */
  | { kind: 'failed'; text: string };

function endOfRefusal(error: ApiError, isResume: boolean): StreamEnd {
  if (error.status === 401 && isResume) return { kind: 'signed-out' };
  return isResume ? { kind: 'cut' } : { kind: 'refused', error };
}

/**
 * The SDK reports a body that merely stops as success, so only a finish reason
 * proves that a turn reached its end.
 */
export function judgeEnd({ isResume, report, finish, error }: StreamRecord): StreamEnd {
  if (report?.kind === 'nothing-to-resume') return { kind: 'nothing-to-resume' };
  if (finish?.isAbort) return { kind: 'aborted' };
  if (error) {
    const refusal = refusalOf(error);
    if (refusal) return endOfRefusal(refusal, isResume);
    if (finish?.isDisconnect || isNetworkError(error)) return { kind: 'cut' };
    // The SDK's own errors carry whole payloads; only the server's words are for people.
    const isForPeople = !error.name.startsWith('AI_') && error.message !== '';
    return { kind: 'failed', text: isForPeople ? error.message : 'The answer could not be read.' };
  }
  if (finish?.finishReason !== undefined) return { kind: 'finished', reason: finish.finishReason };
  return { kind: 'cut' };
}

const LONGEST_PAUSE_MS = 15_000;

/** How long to wait before looking again after `failures` failures in a row. */
export function pauseAfter(failures: number): number {
  return Math.min(500 * 2 ** Math.max(0, failures - 1), LONGEST_PAUSE_MS);
}
