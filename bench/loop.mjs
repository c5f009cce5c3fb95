/**
 * A separate loop for each `probe(row)`, made unique by a comment: in a shared loop the calls would be polymorphic and
 * slow. Takes the probe, 64 rows and the number of calls.
 */
export function makeLoop(name) {
  return new Function('probe', 'rows', 'count', `/* ${name} */ for (let i = 0; i < count; i++) probe(rows[i % 64])`)
}
