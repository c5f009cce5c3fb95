import { fileURLToPath } from 'node:url'

export default {
  output: 'standalone',
  serverExternalPackages: ['perceptra'],
  // In a workspace: the folder above all node_modules that are used.
  outputFileTracingRoot: fileURLToPath(new URL('../..', import.meta.url)),
}
