// Prepares this checkout for one of its commands: node scripts/setup.mjs --for demo|test|browser|lint|docs|bench
// Needs only Node; finished steps are skipped.
const purposes = ['demo', 'test', 'browser', 'lint', 'docs', 'bench']
const [major, minor] = process.versions.node.split('.').map(Number)

function fail(message) {
  console.error(`setup: ${message}`)
  process.exit(1)
}

if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Node 20.19 or newer is needed, this is ${process.versions.node}. Install one from your package manager or nvm.`)
}

const purpose = process.argv[process.argv.indexOf('--for') + 1]
if (!process.argv.includes('--for') || !purposes.includes(purpose)) {
  fail(`Say what for: node scripts/setup.mjs --for ${purposes.join('|')}`)
}

// Imported after the check above: an old Node must print the message instead of a syntax error.
const { prepare } = await import('./setup/prepare.mjs')
try {
  prepare(purpose)
} catch (error) {
  if (error.name !== 'SetupError') throw error
  fail(error.message)
}
