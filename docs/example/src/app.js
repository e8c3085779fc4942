import { find, list, total } from './catalog.js';

const maxBody = 64 * 1024;

/**
 * The service as a request listener. `ready` says whether it takes traffic;
 * `failing` is the share of requests, 0 to 1, that it answers with 500, to see a
 * gate at work.
 */
export function app({ version, ready = () => true, failing = 0, random = Math.random }) {
  return async (req, res) => {
    const url = new URL(req.url, 'http://localhost');
    const answer = (status, body) => {
      res.writeHead(status, { 'content-type': 'application/json', 'x-version': version });
      res.end(JSON.stringify(body) + '\n');
    };
    if (url.pathname === '/healthz') return answer(200, { alive: true });
    if (url.pathname === '/readyz') return answer(ready() ? 200 : 503, { ready: ready() });
    if (random() < failing) return answer(500, { error: 'this version is broken on purpose' });
    try {
      const [status, body] = await route(req, url);
      answer(status, body);
    } catch (err) {
      if (err instanceof RangeError || err instanceof SyntaxError) return answer(422, { error: err.message });
      console.error(err);
      answer(500, { error: 'internal error' });
    }
  };
}

async function route(req, url) {
  const [, root, id, more] = url.pathname.split('/');
  if (more !== undefined) return [404, { error: 'not found' }];
  if (root === 'plants' && req.method === 'GET') {
    if (id === undefined) return [200, { plants: list(price(url.searchParams.get('most'))) }];
    const plant = find(decodeURIComponent(id));
    return plant ? [200, plant] : [404, { error: 'not found' }];
  }
  if (root === 'orders' && id === undefined && req.method === 'POST') {
    return [200, { total: total(JSON.parse(await body(req))) }];
  }
  return [404, { error: 'not found' }];
}

function price(text) {
  if (text === null) return Infinity;
  const most = Number(text);
  if (text === '' || !Number.isFinite(most) || most < 0) throw new RangeError('most is a price');
  return most;
}

async function body(req) {
  const chunks = [];
  let size = 0;
  for await (const chunk of req) {
    size += chunk.length;
    if (size > maxBody) throw new RangeError('the order is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
