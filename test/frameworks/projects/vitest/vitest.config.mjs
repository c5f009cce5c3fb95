import { defineConfig } from 'vitest/config'

// The defaults; without this file Vitest would find the configuration of a folder above.
export default defineConfig({})
