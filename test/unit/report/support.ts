import { TabularClassifier, TabularRegressor } from '../../../lib/index.js'

export type Person = { age: number; job: string | null; member: boolean; since: string; moved: 'no' | 'yes' }

/** People whose moving depends on age and job. */
export function people(count: number, offset = 0): Person[] {
  return Array.from({ length: count }, (_, k) => {
    const i = (k + offset) * 7919
    const [age, job] = [20 + (i % 50), ['cook', 'clerk', '<b>bold</b>', null][(i >> 3) % 4]!]
    const odds = age / 70 + (job === 'cook' ? 0.4 : 0) + ((i % 97) / 97) * 0.6
    return { age, job, member: i % 3 === 0, since: `2020-0${1 + (i % 9)}-11`, moved: odds > 0.95 ? 'yes' : 'no' }
  })
}

export const fitted = () => new TabularClassifier({ seed: 1 }).fit(people(400), { target: 'moved' })

export const flats = (count: number, offset = 0) =>
  Array.from({ length: count }, (_, k) => {
    const i = (k + offset) * 104729
    return {
      area: 30 + (i % 90),
      city: ['Oslo', 'Rome'][i % 2]!,
      price: 100 * (30 + (i % 90)) + (i % 2) * 900 + (i % 13) * 20,
    }
  })

export const fittedRegressor = () => new TabularRegressor({ seed: 1 }).fit(flats(300), { target: 'price' })

/** What the page's program reads. */
export function dataOf(page: string) {
  return JSON.parse(page.match(/<script type="application\/json" id="report-data">(.*?)<\/script>/s)![1]!) as {
    plots: Record<string, { x: number[]; lines: { name: string; values: number[] }[] }>
    thresholds: {
      name: string
      thresholds: number[]
      truePositives: number[]
      falsePositives: number[]
      chosen: number
    }[]
  }
}

/** The titles of the parts of a page. */
export const titlesOf = (page: string) => [...page.matchAll(/<h2 id="[\w-]+">([^<]+)<\/h2>/g)].map(([, title]) => title)

/** The text of a page without its elements, program and style. */
export function textOf(page: string): string {
  const bare = page.replace(/<(script|style)\b.*?<\/\1>/gs, '').replace(/<[^>]*>/g, ' ')
  const letters: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" }
  return bare.replace(/&(lt|gt|amp|quot|#39);/g, (_, name: string) => letters[name]!).replace(/\s+/g, ' ')
}
