import { defineConfig } from 'vitest/config'
import base from './vitest.config.js'

// Tests of pages, in Chromium.
export default defineConfig({
  resolve: base.resolve!,
  test: { include: ['test/browser/**/*.browser.ts'], testTimeout: 60_000 },
})
