import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix, sep } from 'node:path'

/**
 * The links of a built site that lead nowhere: to a page that is not there, or to a part that its page does not have.
 * @param base the path at which the site is served.
 */
export function brokenLinks(site, base = '/') {
  const pages = readdirSync(site, { recursive: true })
    .filter((name) => name.endsWith('.html'))
    .map((name) => name.split(sep).join('/'))
  const texts = new Map(pages.map((page) => [page, readFileSync(join(site, page), 'utf8')]))
  const parts = new Map(Array.from(texts, ([page, text]) => [page, idsOf(text)]))
  return pages.flatMap((page) =>
    hrefsOf(texts.get(page)).flatMap((href) => {
      const [path, part] = href.split('#')
      const target = path === '' ? page : targetOf(page, path, base)
      if (target === undefined || !existsSync(join(site, target))) return [`${page}: there is no ${href}`]
      const ids = parts.get(target)
      return part && ids && !ids.has(decodeURIComponent(part)) ? [`${page}: ${target} has no part #${part}`] : []
    }),
  )
}

/** The file that a link leads to; undefined outside of the site. */
function targetOf(page, path, base) {
  const whole = decodeURI(path)
  if (whole.startsWith('/') && !whole.startsWith(base)) return undefined
  const file = whole.startsWith('/') ? whole.slice(base.length) : posix.join(posix.dirname(page), whole)
  return file === '' || file.endsWith('/') ? `${file}index.html` : file
}

const idsOf = (text) => new Set(Array.from(text.matchAll(/\sid="([^"]+)"/g), ([, id]) => unescaped(id)))

/** The links of a page to others of the site, each once. */
function hrefsOf(text) {
  const all = Array.from(text.matchAll(/<(?:a|link)\s[^>]*?href="([^"]*)"/g), ([, href]) => unescaped(href))
  return [...new Set(all)].filter((href) => !/^[a-z]+:/i.test(href) && href !== '#')
}

function unescaped(text) {
  return text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
