import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import { noEvalScript } from '@/lib/no-eval-script';
import { themeScript } from '@/lib/theme-script';
import './globals.css';

export const metadata: Metadata = {
  description: 'A team assistant that asks before it acts.',
  icons: { icon: { url: '/icon.svg', type: 'image/svg+xml' } },
  robots: { index: false, follow: false },
  formatDetection: { telephone: false },
};

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  viewportFit: 'cover',
  interactiveWidget: 'resizes-content',
};

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    // The script sets the theme's class before React sees the element.
    <html lang="en" suppressHydrationWarning>
      <head>
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: constants of ours, hashed for CSP */}
        <script dangerouslySetInnerHTML={{ __html: noEvalScript + themeScript }} />
      </head>
      <body>{children}</body>
    </html>
  );
}
