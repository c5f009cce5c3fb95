/** The method that console.log and util.inspect call. Its symbol is global, so nothing of Node is imported. */
export const inspected: unique symbol = Symbol.for('nodejs.util.inspect.custom')

/** What util.inspect passes to that method. */
export type InspectArguments = [
  /** Levels that may still be shown; null: all. */
  depth: number | null,
  options: object,
  inspect: (value: unknown, options: object) => string,
]

/** The text of an object of ours: its name and facts about it; only the name where util.inspect has reached its depth. */
export function inspectAs(name: string, facts: object, [depth, options, inspect]: InspectArguments): string {
  if (depth !== null && depth < 0) return `[${name}]`
  return `${name} ${inspect(facts, { ...options, depth })}`
}
