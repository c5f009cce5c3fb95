// Makes lib/report/show/page-code.ts: the programs and style sheets of pages, which run in browsers, from web/:
// node scripts/make-pages.mjs [--check]
// They are kept, so that the sources of lib/ run without a build.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './setup/paths.mjs'

// The report's text is written where it is measured; the others are files.
const pages = [
  { name: 'report', to: 'lib/report/show/page-code.ts', linesOf: parts },
  { name: 'live', to: 'lib/report/live/page-code.ts', linesOf: whole },
  { name: 'playground', to: 'lib/playground/page-code.ts', linesOf: whole },
]

function parts(script, style) {
  const found = { Script: script, ScriptHash: hashOf(script), Style: style, StyleHash: hashOf(style) }
  return Object.entries(found).map(([part, text]) => `export const report${part} = ${literal(text)}\n`)
}

function whole(script, style, name) {
  const own = `script-src '${hashOf(script)}'; style-src '${hashOf(style)}'`
  const policy = `default-src 'none'; connect-src 'self'; img-src data:; ${own}; base-uri 'none'; form-action 'none'`
  const page = readFileSync(join(root, 'web', name, 'index.html'), 'utf8')
    .replace('content="policy"', () => `content="${policy}"`)
    .replace('<style></style>', () => `<style>${style}</style>`)
    .replace('<script></script>', () => `<script>${script}</script>`)
  return [`export const ${name}Page = ${literal(page)}\n`]
}

// The licence asks for its text in all copies.
const notice = `/*! uPlot: ${readFileSync(join(root, 'node_modules/uplot/LICENSE'), 'utf8').trim()} */`

async function bundle(entry) {
  const { outputFiles } = await build({
    ...{ entryPoints: [join(root, 'web', entry)], bundle: true, minify: true, write: false, format: 'iife' },
    ...{ target: ['chrome109', 'firefox115', 'safari16'], legalComments: 'inline', charset: 'ascii' },
    banner: entry.endsWith('.ts') ? { js: notice } : {},
  })
  const text = outputFiles[0].text.trim()
  // Either would end the element that holds the text.
  if (/<\/(script|style)|<!--/i.test(text)) throw new Error(`${entry} has an end tag in it`)
  return text
}

const hashOf = (text) => `sha256-${createHash('sha256').update(text).digest('base64')}`
const literal = (text) => `'${text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`

let isOld = false
for (const { name, to, linesOf } of pages) {
  const lines = linesOf(await bundle(`${name}/main.ts`), await bundle(`${name}/style.css`), name)
  const file = [
    '// Made by scripts/make-pages.mjs of web/, and of uPlot (MIT licence, its notice is in the text).\n',
    ...lines,
  ].join('')
  if (!process.argv.includes('--check')) writeFileSync(join(root, to), file)
  else if (readFileSync(join(root, to), 'utf8') !== file) {
    console.error(`${to} is older than web/: node scripts/make-pages.mjs`)
    isOld = true
  }
}
process.exitCode = isOld ? 1 : 0
