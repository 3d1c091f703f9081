/** The chat itself stands in the layout, which both of its pages share. */
export default function NewChatPage() {
  return null;
}
