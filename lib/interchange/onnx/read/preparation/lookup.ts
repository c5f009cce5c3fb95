/** An entry of a column, as encoders keep it. */
export type Category = number | string | null

/** What a graph makes of the entries of a column, in some columns of the prepared table. */
export interface Lookup {
  readonly column: number
  /** The entries that are looked up. */
  readonly known: readonly (number | string)[]
  /** How many columns. */
  readonly width: number
  /** The number in a column that an entry becomes: one that is looked up, by its place, then any other entry, and a missing one. */
  readonly numberOf: (entry: number, column: number) => number
}
