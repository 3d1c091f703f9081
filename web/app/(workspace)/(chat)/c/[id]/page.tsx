/** One shell serves every conversation; the server answers `/c/<id>` with it. */
export function generateStaticParams() {
  return [{ id: '_' }];
}

export default function ConversationPage() {
  return null;
}
