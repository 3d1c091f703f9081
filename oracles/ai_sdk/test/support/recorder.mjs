// Stands between Smithers and the stand-in model and keeps what Smithers asked.

import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export async function record(target) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const hungUp = new AbortController();
    response.once('close', () => hungUp.abort());
    try {
      const { host, connection, 'content-length': length, ...headers } = request.headers;
      if (body.length > 0) requests.push(JSON.parse(body));
      const answer = await fetch(target + request.url, {
        method: request.method,
        headers,
        body: body.length > 0 ? body : undefined,
        signal: hungUp.signal,
      });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') });
      await pipeline(Readable.fromWeb(answer.body), response);
    } catch {
      response.destroy();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    requests,
    url: `http://127.0.0.1:${server.address().port}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
