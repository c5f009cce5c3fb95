// The command line, from the sources.
import { main } from '../../../lib/cli/index.js'

process.exitCode = await main(process.argv.slice(2), { version: '0.0.0', build: async () => 0 })
