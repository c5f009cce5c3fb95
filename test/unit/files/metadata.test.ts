import { describe, expect, it } from 'vitest'
import { decodeMetadata, encodeMetadata } from '../../../lib/files/metadata.js'
import { ArgumentError, FormatError } from '../../../lib/index.js'

describe('decodeMetadata', () => {
  it('returns the body that encodeMetadata wrote', () => {
    const metadata = encodeMetadata('Thing', { size: 3, parts: null })
    expect(metadata).toEqual({ perceptra: '{"format":1,"kind":"Thing","size":3,"parts":null}' })
    expect(decodeMetadata(metadata, 'Thing', ['size', 'parts'])).toEqual({ size: 3, parts: null })
  })

  it.each([
    ['a file of another program', { format: 'pt' }, 'It was not written by perceptra'],
    ['a key of the prototype', Object.create({ perceptra: '{}' }), 'It was not written by perceptra'],
    ['text that is not JSON', { perceptra: '{' }, 'Its metadata perceptra is not JSON'],
    [
      'another kind',
      encodeMetadata('Other', {}),
      'Expected format 1 of kind "Thing", but got format 1 of kind "Other"',
    ],
    ['a newer format', { perceptra: '{"format":2,"kind":"Thing"}' }, 'A newer perceptra may read it.'],
  ])('rejects %s', (_, metadata, message) => {
    expect(() => decodeMetadata(metadata, 'Thing', ['size'])).toThrow(FormatError)
    expect(() => decodeMetadata(metadata, 'Thing', ['size'])).toThrow(message)
  })

  it('rejects an unknown key and names the right one', () => {
    const metadata = encodeMetadata('Thing', { sise: 3 })
    expect(() => decodeMetadata(metadata, 'Thing', ['size'])).toThrow(ArgumentError)
    expect(() => decodeMetadata(metadata, 'Thing', ['size'])).toThrow('Did you mean size?')
  })
})
