import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { brokenLinks } from '../../../scripts/docs/links.mjs'

function siteOf(pages: Record<string, string>): string {
  const site = mkdtempSync(join(tmpdir(), 'site-'))
  for (const [name, text] of Object.entries(pages)) {
    mkdirSync(dirname(join(site, name)), { recursive: true })
    writeFileSync(join(site, name), text)
  }
  return site
}

const pages = {
  'index.html':
    '<h2 id="why">Why</h2><a href="/api/">API</a> <a href="#why">why</a> <a href="https://nowhere.test/">x</a>',
  'api/index.html': '<h2 id="a&lt;b&gt;">A</h2><a class="x" href="../index.html#why">back</a> <a href="/#why">back</a>',
  'style.css': '',
}

it('finds no fault where each link leads to a page and a part of it', () => {
  expect(brokenLinks(siteOf(pages))).toEqual([])
})

it('names missing pages, files and parts, with the page that has the link', () => {
  const more =
    '<a href="/gone.html">1</a><a href="api/#a%3Cb%3E">2</a><a href="api/index.html#c">3</a><link href="/x.css">'
  const site = siteOf({ ...pages, 'more.html': more })
  expect(brokenLinks(site)).toEqual([
    'more.html: there is no /gone.html',
    'more.html: api/index.html has no part #c',
    'more.html: there is no /x.css',
  ])
})

it('follows links of a site with a path, and finds those that forget it', () => {
  const site = siteOf({
    'a.html': '<a href="/perceptra/a.html">1</a><a href="/a.html">2</a><a href="/perceptra/b.html">3</a>',
  })
  expect(brokenLinks(site, '/perceptra/')).toEqual([
    'a.html: there is no /a.html',
    'a.html: there is no /perceptra/b.html',
  ])
})
