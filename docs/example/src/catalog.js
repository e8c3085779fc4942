// What the service knows. It keeps everything in memory: the example is about
// getting a version out, not about storing things.

const plants = [
  { id: 'alder', name: 'Black alder', stands: 'in wet ground', price: 18 },
  { id: 'hazel', name: 'Common hazel', stands: 'in half shade', price: 12 },
  { id: 'rowan', name: 'Rowan', stands: 'on dry slopes', price: 15 },
];

/** All plants, or those that are not dearer than a price. */
export function list(most = Infinity) {
  return plants.filter((p) => p.price <= most);
}

/** One plant; undefined when there is none of that name. */
export function find(id) {
  return plants.find((p) => p.id === id);
}

/** The price of an order: a list of {id, count}. Throws a RangeError on what is not for sale. */
export function total(order) {
  if (!Array.isArray(order) || order.length === 0) {
    throw new RangeError('an order has at least one line');
  }
  return order.reduce((sum, { id, count }) => {
    const plant = find(id);
    if (!plant) throw new RangeError(`there is no plant "${id}"`);
    if (!Number.isInteger(count) || count < 1) throw new RangeError(`"${id}": the count is a whole number from 1`);
    return sum + plant.price * count;
  }, 0);
}
