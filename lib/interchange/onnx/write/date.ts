import { binary, sideBySide } from './arithmetic.js'
import type { Graph, Value } from './graph.js'

const dayMs = 86_400_000

/**
 * Writes the raw numbers of dates as a table model has them: days before the newest, year, month and weekday, month and weekday as
 * points on a circle; with times the hour, and it as a point on a circle. Years and months of the Gregorian calendar by Hinnant's
 * algorithm civil_from_days ("chrono-compatible low-level date algorithms").
 * @param time (rows, 1) in float64: milliseconds since 1970.
 */
export function writeDate(graph: Graph, time: string, newest: number, hasTime: boolean): Value {
  const change = (op: string, x: string, number: number) => binary(graph, op, x, number)
  const add = (a: string, b: string) => graph.node('Add', [a, b])
  const sub = (a: string, b: string) => graph.node('Sub', [a, b])
  const floor = (x: string, divisor: number) => graph.node('Floor', [change('Div', x, divisor)])
  /** x - floor(x / divisor) divisor. */
  const rest = (x: string, divisor: number) => sub(x, change('Mul', floor(x, divisor), divisor))

  const days = floor(time, dayMs)
  const shifted = change('Add', days, 719_468)
  const era = floor(shifted, 146_097)
  const dayOfEra = rest(shifted, 146_097)
  const leaps = sub(sub(floor(dayOfEra, 36_524), floor(dayOfEra, 1460)), floor(dayOfEra, 146_096))
  const yearOfEra = floor(add(dayOfEra, leaps), 365)
  const yearDays = sub(add(change('Mul', yearOfEra, 365), floor(yearOfEra, 4)), floor(yearOfEra, 100))
  const dayOfYear = sub(dayOfEra, yearDays)
  // Counted from March on.
  const march = floor(change('Add', change('Mul', dayOfYear, 5), 2), 153)
  const day = sub(dayOfYear, floor(change('Add', change('Mul', march, 153), 2), 5))
  const month = rest(change('Add', march, 2), 12)
  const isNextYear = floor(change('Add', march, 2), 12)
  const year = add(add(change('Mul', era, 400), yearOfEra), isNextYear)
  const weekday = rest(change('Add', days, 4), 7)
  const before = change('Div', change('Add', graph.node('Neg', [time]), newest), dayMs)
  const circle = (turn: string) => {
    const angle = change('Mul', turn, 2 * Math.PI)
    return [graph.node('Sin', [angle]), graph.node('Sin', [change('Add', angle, Math.PI / 2)])]
  }
  const turnOfYear = change('Div', add(month, change('Div', day, 31)), 12)
  const columns = [before, year, month, weekday, ...circle(turnOfYear), ...circle(change('Div', weekday, 7))]
  if (hasTime) {
    const hour = change('Div', rest(time, dayMs), 3_600_000)
    columns.push(hour, ...circle(change('Div', hour, 24)))
  }
  return sideBySide(
    graph,
    columns.map((name): Value => ({ name, type: 'double', columns: 1 })),
  )
}
