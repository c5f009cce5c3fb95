import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A block of code of a page. */
export interface Block {
  /** The page's path in the repository. */
  readonly page: string
  /** The line on which the code begins. */
  readonly line: number
  /** The word after the three backticks. */
  readonly language: string
  readonly code: string
}

/** The pages that users read: the README and docs/, without the landing page of the site, which is in no package. */
export const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter(
  (name) => name.endsWith('.md') && name !== 'docs/index.md',
)

export const readPage = (page: string) => readFileSync(join(root, page), 'utf8')

/** The blocks of code of a page, in order. */
export function readBlocks(page: string): Block[] {
  const text = readPage(page)
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ index, 1: language, 2: code }) => {
    const line = text.slice(0, index).split('\n').length + 1
    return { page, line, language: language!, code: code! }
  })
}
