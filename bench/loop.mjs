/**
 * A loop of its own around `probe(row)`, told apart by a comment: a shared one would call them all the slow, polymorphic
 * way. Takes the probe, 64 rows and how many calls.
 */
export function makeLoop(name) {
  return new Function('probe', 'rows', 'count', `/* ${name} */ for (let i = 0; i < count; i++) probe(rows[i % 64])`)
}
