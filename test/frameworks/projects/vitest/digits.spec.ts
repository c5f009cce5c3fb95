import { expect, test } from 'vitest'
import { program } from '../program.mjs'

test('trains, predicts and saves', async () => {
  expect(await program('vitest.safetensors')).toBe('trained, predicted, saved')
})
