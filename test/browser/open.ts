import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import type { AxeResults } from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { findBrowser } from '../../scripts/setup/system.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** How a page is seen. */
export interface View {
  scheme?: 'light' | 'dark'
  width?: number
}

/** Opens Chromium, which must be installed. */
export async function openBrowser(): Promise<Browser> {
  const name = findBrowser()
  if (!name) throw new Error('There is no Chromium. "node scripts/setup.mjs --for browser" installs it.')
  const folders = (process.env.PATH ?? '').split(delimiter)
  const path = name.includes('/') ? name : folders.map((folder) => join(folder, name)).find((file) => existsSync(file))
  // Containers forbid what its sandbox needs; the pages are our own.
  return chromium.launch({ executablePath: path!, args: ['--no-sandbox'] })
}

/** Opens a page, and collects what it complains of and asks for. */
export async function openPage(browser: Browser, url: string, { scheme = 'light', width = 1280 }: View = {}) {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 900 } })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() !== 'log') complaints.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('requestfailed', (request) => {
    // A page ends its own stream of events.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') complaints.push(`failed: ${request.url()}`)
  })
  const requests: string[] = []
  page.on('request', (request) => void requests.push(request.url()))
  await page.goto(url)
  return { page, complaints, requests, close: () => context.close() }
}

/** What axe finds wrong with a page, with the places. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // evaluate() runs beside the page's policy, an added script element would not.
  await page.evaluate(axe)
  const { violations } = (await page.evaluate('axe.run(document)')) as AxeResults
  return violations.map(
    ({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  )
}
