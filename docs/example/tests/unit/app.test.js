import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { app } from '../../src/app.js';

let server;
let base;
let ready = true;
let luck = 1;

before(async () => {
  server = createServer(app({ version: '9', ready: () => ready, failing: 0.5, random: () => luck }));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

test('plants are listed, with the version in a header', async () => {
  const res = await fetch(`${base}/plants?most=12`);
  assert.equal(res.status, 200);
  assert.equal(res.headers.get('x-version'), '9');
  assert.deepEqual((await res.json()).plants.map((p) => p.id), ['hazel']);
});

test('an order is priced', async () => {
  const res = await fetch(`${base}/orders`, { method: 'POST', body: JSON.stringify([{ id: 'rowan', count: 3 }]) });
  assert.deepEqual([res.status, await res.json()], [200, { total: 45 }]);
});

test('bad input is the caller\'s mistake, not a failure', async () => {
  for (const body of ['{', '[]', '[{"id":"oak","count":1}]']) {
    assert.equal((await fetch(`${base}/orders`, { method: 'POST', body })).status, 422);
  }
  assert.equal((await fetch(`${base}/plants?most=cheap`)).status, 422);
  assert.equal((await fetch(`${base}/plants/oak`)).status, 404);
});

test('readiness follows what the service says; liveness does not', async () => {
  ready = false;
  assert.equal((await fetch(`${base}/readyz`)).status, 503);
  assert.equal((await fetch(`${base}/healthz`)).status, 200);
  ready = true;
});

test('a broken version answers 500, but stays alive', async () => {
  luck = 0;
  assert.equal((await fetch(`${base}/plants`)).status, 500);
  assert.equal((await fetch(`${base}/readyz`)).status, 200);
  luck = 1;
});
