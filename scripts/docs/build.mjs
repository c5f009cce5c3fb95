// Builds the site of the documentation into .cache/docs/site: node scripts/docs/build.mjs
// API pages by TypeDoc (its warnings are errors), all pages by VitePress, then every link is followed. Nothing is downloaded.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/paths.mjs'
import { brokenLinks } from './links.mjs'

const tool = (...path) => join(root, 'node_modules', ...path)

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

rmSync(join(root, 'docs', 'api'), { recursive: true, force: true })
run(tool('typedoc', 'bin', 'typedoc'), '--logLevel', 'Warn')
run(tool('vitepress', 'bin', 'vitepress.js'), 'build', 'docs', '--logLevel', 'error')

const site = join(root, '.cache', 'docs', 'site')
const broken = brokenLinks(site, process.env.DOCS_BASE ?? '/')
for (const line of broken) console.error(line)
if (broken.length > 0) process.exitCode = 1
else console.log(`The site is in ${site}`)
