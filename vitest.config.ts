import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  // The examples import the package by its name: in tests that is its source, not what was last built of it.
  resolve: {
    alias: [
      { find: /^perceptra$/, replacement: fileURLToPath(new URL('lib/index.ts', import.meta.url)) },
      { find: /^perceptra\/(.+)$/, replacement: `${fileURLToPath(new URL('lib', import.meta.url))}/$1/index.ts` },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/native/programs/compile.ts'],
    testTimeout: 60_000,
  },
})
