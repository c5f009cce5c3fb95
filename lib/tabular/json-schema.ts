import { datePattern, numberPattern } from './cells.js'
import type { RowRules } from './check-row.js'
import { type FeatureKind, isUsed } from './feature.js'

/** A JSON Schema of rows, draft 2020-12. */
export interface RowJsonSchema {
  readonly $schema: string
  readonly type: 'object'
  readonly properties: Readonly<Record<string, ColumnJsonSchema>>
  readonly required: readonly string[]
  readonly additionalProperties: boolean
}

/** That of a column. What it says beyond JSON Schema begins with `x-`; validators ignore it. */
export interface ColumnJsonSchema {
  readonly type?: readonly string[]
  readonly pattern?: string
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly object[]
  readonly examples?: readonly unknown[]
  readonly 'x-kind': FeatureKind | 'target'
  readonly 'x-minimum'?: number
  readonly 'x-maximum'?: number
}

const blank = '^\\s*$'
const either = (pattern: string) => `(${pattern})|(${blank})`

/** What JSON of each kind is valid; of other kinds any is. */
const jsonRules: Readonly<Partial<Record<FeatureKind, Pick<ColumnJsonSchema, 'type' | 'pattern' | 'anyOf'>>>> = {
  number: { type: ['number', 'string', 'boolean', 'null'], pattern: either(numberPattern) },
  code: { type: ['number', 'string', 'boolean', 'null'], pattern: either(numberPattern) },
  boolean: {
    anyOf: [
      { type: ['boolean', 'null'] },
      { enum: [0, 1] },
      { type: 'string', pattern: either('^\\s*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|0|1)\\s*$') },
    ],
  },
  date: { type: ['string', 'number', 'null'], pattern: either(datePattern) },
  category: { type: ['string', 'number', 'boolean', 'null'] },
  text: { type: ['string', 'number', 'boolean', 'null'] },
}

/** How many values of a category a JSON Schema lists. */
const mostExamples = 100

/** The JSON Schema of rows. A column may be called `__proto__`: entries are own properties. */
export function jsonSchemaOf({ columns, target, policy }: RowRules): RowJsonSchema {
  const entries = [...columns.values()].map(({ name, kind, min, max, values }): [string, ColumnJsonSchema] => [
    name,
    {
      ...jsonRules[kind],
      'x-kind': kind,
      ...(values && {
        examples: values.slice(0, mostExamples).map((value) => (kind === 'code' ? Number(value) : value)),
      }),
      ...(min !== undefined && { 'x-minimum': min }),
      ...(max !== undefined && { 'x-maximum': max }),
    },
  ])
  if (target !== undefined) entries.push([target, { 'x-kind': 'target' }])
  const used = [...columns.values()].filter(({ kind }) => isUsed(kind))
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: Object.fromEntries(entries),
    required: policy.missingColumns === 'error' ? used.map(({ name }) => name) : [],
    additionalProperties: policy.unknownColumns === 'ignore',
  }
}
