import { columnParts } from './parts-columns.js'
import { layerParts } from './parts-layers.js'
import { modelParts } from './parts-models.js'
import { numberParts } from './parts-numbers.js'
import { rowParts } from './parts-rows.js'
import { scalerParts } from './parts-scalers.js'
import { tableParts } from './parts-table.js'

/**
 * The functions that modules are made of, by name. They are text, not functions, since bundlers and minifiers change the
 * text of functions. A part may call every other one by its name.
 */
const parts = {
  ...numberParts,
  ...rowParts,
  ...layerParts,
  ...columnParts,
  ...scalerParts,
  ...modelParts,
  ...tableParts,
} as const

export type PartName = keyof typeof parts

/** The texts of parts and of all that they call, in an order in which each follows what it calls. */
export function partsOf(names: Iterable<PartName>): string[] {
  const taken = new Map<PartName, string>()
  const visit = (name: PartName) => {
    if (taken.has(name)) return
    const code: string = parts[name].trim()
    for (const word of code.replace(/'[^']*'/g, '').match(/(?<![.\w])[A-Za-z]\w*/g) ?? []) {
      if (word !== name && Object.hasOwn(parts, word)) visit(word as PartName)
    }
    taken.set(name, code)
  }
  for (const name of names) visit(name)
  return [...taken.values()]
}
