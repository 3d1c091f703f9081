import { readFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));
const apiServer = process.env.SMITHERS_DEV_API ?? 'http://127.0.0.1:8080';

// `next dev` refuses unknown dynamic paths under `output: 'export'`, so the
// export is a production setting and development talks to a running server.
const mode =
  process.env.NODE_ENV === 'production'
    ? { output: 'export' }
    : {
        rewrites: async () => [{ source: '/api/:path*', destination: `${apiServer}/api/:path*` }],
      };

/** @type {import('next').NextConfig} */
export default {
  ...mode,
  images: { unoptimized: true },
  reactStrictMode: true,
  // Reproducible output; a new release still gets a new id, which makes tabs
  // left open across an upgrade load the new page instead of mixing versions.
  generateBuildId: () => `v${version}`,
};
