import type { ReactNode } from 'react';
import { ChatRoute } from '@/components/chat/chat-route';

export default function ChatLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <ChatRoute />
      {children}
    </>
  );
}
