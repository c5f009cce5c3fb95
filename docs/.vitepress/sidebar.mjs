import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const file = (path) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8')

/** The sections of docs/README.md with the pages that each names, in its order. */
export function guides() {
  return file('../README.md')
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [text, ...lines] = section.split('\n')
      const links = lines.flatMap((line) => [...line.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)])
      return {
        text,
        items: links.map(([, name, link]) => ({ text: name[0].toUpperCase() + name.slice(1), link: pathOf(link) })),
      }
    })
    .filter(({ items }) => items.length > 0)
}

function pathOf(link) {
  return link.startsWith('http') ? link : `/${link.replace(/\.md$/, '')}`
}

/** The pages that TypeDoc wrote. */
export function api() {
  return JSON.parse(file('../api/typedoc-sidebar.json'))
}
