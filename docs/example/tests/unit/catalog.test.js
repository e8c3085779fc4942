import assert from 'node:assert/strict';
import { test } from 'node:test';
import { find, list, total } from '../../src/catalog.js';

test('a price bounds the list', () => {
  assert.deepEqual(list(15).map((p) => p.id), ['hazel', 'rowan']);
  assert.equal(list().length, 3);
});

test('a plant is found by its id', () => {
  assert.equal(find('rowan').name, 'Rowan');
  assert.equal(find('oak'), undefined);
});

test('an order costs the sum of its lines', () => {
  assert.equal(total([{ id: 'hazel', count: 2 }, { id: 'alder', count: 1 }]), 42);
});

for (const [why, order] of [
  ['nothing is ordered', []],
  ['it is not a list', { id: 'hazel', count: 1 }],
  ['the plant does not exist', [{ id: 'oak', count: 1 }]],
  ['half a plant', [{ id: 'hazel', count: 0.5 }]],
]) {
  test(`an order is refused: ${why}`, () => assert.throws(() => total(order), RangeError));
}
