import { type ColumnPart, namedParts } from '../../spec/columns.js'
import { flag, list, number, type SourceWriter } from './writer.js'

/** The weights of a tensor as code. */
type WeightsOf = (tensor: string) => string

/** The code of a layer of columns: a function of a row that joins what its parts put out. */
export function columnsCode(parts: readonly ColumnPart[], weights: WeightsOf, out: SourceWriter): string {
  const codes = namedParts(parts).map(({ name, part }) => {
    const code = partCode(part, (tensor) => weights(`${name}/${tensor}`), out)
    return list([list(part.columns.map(number)), code])
  })
  return out.call('columnParts', ...codes)
}

/** The code of a part: a function of its columns. */
function partCode(part: ColumnPart, weights: WeightsOf, out: SourceWriter): string {
  const counts = (numbers: readonly number[]) => list(numbers.map(number))
  switch (part.type) {
    case 'passthrough':
      return '(own) => own'
    case 'oneHot':
      return out.call('oneHotCodes', counts(part.inputDim))
    case 'embedding':
      return out.call('embedCodes', counts(part.inputDim), number(part.outputDim), weights('embeddings'))
    case 'piecewiseLinearEmbedding': {
      const edges = list(part.edges.map((own) => out.numbers(own)))
      return out.call('piecewise', edges, number(part.outputDim), weights('slopes'), weights('bias'), weights('kernel'))
    }
    case 'periodicEmbedding': {
      const { form, frequencies, outputDim, activation } = part
      const phases = form === 'pbld' ? weights('phases') : 'null'
      const sizes = [frequencies, outputDim].map(number)
      const flags = [activation === 'relu', form === 'plrLite', form === 'pbld'].map(flag)
      const tensors = [weights('frequencies'), phases, weights('kernel'), weights('bias')]
      return out.call('periodic', ...sizes, ...flags, ...tensors)
    }
  }
}
