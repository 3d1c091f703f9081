export type Undo = { kind: 'forget' | 'restore'; id: string; text: string };

/** How the result of a call says that it can be taken back; null if it does not. */
export function undoOf(output: unknown): Undo | null {
  if (typeof output !== 'object' || output === null) return null;
  const { undo, id, text } = output as Record<string, unknown>;
  if (undo !== 'forget' && undo !== 'restore') return null;
  if (typeof id !== 'string' || typeof text !== 'string') return null;
  return { kind: undo, id, text };
}
