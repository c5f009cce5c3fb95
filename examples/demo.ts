// Trains an image classifier and shows what it learned: npm run demo -- --help
import { OptionError, readOptions, usage } from './demo/options.js'
import { run } from './demo/run.js'

// The reader may close the pipe: npm run demo | head
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

try {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') console.log(usage)
  else await run(options)
} catch (error) {
  const { message } = error as Error
  console.error(`demo: ${message.replaceAll('\n', ' ')}`)
  if (error instanceof OptionError) console.error(`\n${usage}`)
  process.exitCode = 1
}
