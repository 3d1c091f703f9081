export type MarkedPiece = { text: string; isMatch: boolean };

const ENTITIES: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&#x27;': "'",
};

function unescapeHtml(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#39|#x27);/g, (entity) => ENTITIES[entity] ?? entity);
}

/** Reads a snippet into plain pieces; whatever looks like another element stays text. */
export function markedPieces(snippet: string): MarkedPiece[] {
  let isMatch = false;
  const pieces: MarkedPiece[] = [];
  for (const token of snippet.split(/(<\/?mark>)/)) {
    if (token === '<mark>' || token === '</mark>') isMatch = token === '<mark>';
    else if (token !== '') pieces.push({ text: unescapeHtml(token), isMatch });
  }
  return pieces;
}
