// The server hands out these copies instead of compressing each answer anew.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants, gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../out/', import.meta.url));
const worthIt = new Set(['.css', '.html', '.js', '.json', '.svg', '.txt']);

for (const name of readdirSync(root, { recursive: true })) {
  const file = join(root, name);
  if (!worthIt.has(extname(name)) || !statSync(file).isFile() || statSync(file).size < 1024) {
    continue;
  }
  writeFileSync(
    `${file}.gz`,
    gzipSync(readFileSync(file), { level: constants.Z_BEST_COMPRESSION }),
  );
}
