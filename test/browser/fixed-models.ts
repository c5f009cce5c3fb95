import { Matrix, Table } from '../../lib/index.js'

type Row = Readonly<Record<string, unknown>>

const rowsOf = (x: Iterable<Row>) => Array.from(x)

/** Rows that are computed, and models that are not trained: their reports change with the pages alone. */
export function fixedPeople(count: number) {
  const rows = Array.from({ length: count }, (_, i) => ({
    age: 20 + ((i * 7) % 50),
    job: ['cook', 'clerk', 'nurse'][i % 3]!,
  }))
  const odds = rows.map((row, i) => oddsOf(row) + ((i * 37) % 100) / 60 - 0.8)
  return { x: Table.fromRows(rows), y: odds.map((value) => (value > 0 ? 'yes' : 'no')) }
}

const oddsOf = ({ age, job }: Row) => (Number(age) - 40) / 12 + (job === 'cook' ? 0.8 : 0)

export class FixedClassifier {
  readonly classes = ['no', 'yes']
  readonly featureNamesIn = ['age', 'job']

  async predict(x: Iterable<Row>) {
    return rowsOf(x).map((row) => (oddsOf(row) >= 0 ? 'yes' : 'no'))
  }

  async predictProba(x: Iterable<Row>) {
    const shares = rowsOf(x).map((row) => 1 / (1 + Math.exp(-oddsOf(row))))
    return Matrix.from(shares.map((p) => [1 - p, p]))
  }
}

export function fixedFlats(count: number) {
  const rows = Array.from({ length: count }, (_, i) => ({ area: 30 + ((i * 13) % 90), city: ['Oslo', 'Rome'][i % 2]! }))
  return { x: Table.fromRows(rows), y: rows.map((row, i) => priceOf(row) + ((i * 41) % 100) * 12 - 600) }
}

const priceOf = ({ area, city }: Row) => 100 * Number(area) + (city === 'Oslo' ? 900 : 0)

export class FixedRegressor {
  readonly featureNamesIn = ['area', 'city']

  async predict(x: Iterable<Row>) {
    return Float64Array.from(rowsOf(x), priceOf)
  }

  async predictInterval(x: Iterable<Row>, { coverage }: { coverage: number }) {
    return rowsOf(x).map((row) => ({
      value: priceOf(row),
      lower: priceOf(row) - 600 * coverage,
      upper: priceOf(row) + 600 * coverage,
    }))
  }
}
