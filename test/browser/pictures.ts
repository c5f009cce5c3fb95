import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Locator, Page } from 'playwright-core'

const folder = fileURLToPath(new URL('pictures', import.meta.url))

/** How a picture differs from the kept one. */
export interface Difference {
  /** Of the heights, at equal width: 0 where they are the same. */
  readonly height: number
  /** The mean difference of colours, from 0 to 255, and that of the fields of a raster where it is largest. */
  readonly mean: number
  readonly worst: number
}

/** Antialiasing and the last digits of scores differ between machines. Two plots that are not drawn have a mean of 2.4 and a worst field of 34. */
export const allowed: Difference = { height: 0.12, mean: 2, worst: 28 }

/** Whether pictures are written, in place of a comparison. */
export const isWriting = process.env.PERCEPTRA_PICTURES === 'write'

/** Pictures are kept at a quarter of their size: text is a grey pattern there. */
const scale = 0.25

/**
 * Compares a part of a page with the picture that is kept, which PERCEPTRA_PICTURES=write makes anew.
 * @returns undefined where the picture was written.
 */
export async function comparePicture(
  name: string,
  part: Locator,
  mask: Locator[] = [],
): Promise<Difference | undefined> {
  const shot = await part.screenshot({ animations: 'disabled', mask, maskColor: '#888888' })
  const page = await part.page().context().browser()!.newPage()
  try {
    const path = join(folder, `${name}.png`)
    if (isWriting) {
      mkdirSync(folder, { recursive: true })
      writeFileSync(path, Buffer.from(await small(page, shot), 'base64'))
      return undefined
    }
    if (!existsSync(path))
      throw new Error(`There is no ${path}: PERCEPTRA_PICTURES=write npm run test:browser makes it. Look at it.`)
    return await differenceOf(page, readFileSync(path).toString('base64'), await small(page, shot))
  } finally {
    await page.close()
  }
}

/** A PNG at the kept size, as base64. */
async function small(page: Page, png: Buffer): Promise<string> {
  return (await page.evaluate(`(async () => {
    const image = await createImageBitmap(await (await fetch('data:image/png;base64,${png.toString('base64')}')).blob())
    const canvas = document.createElement('canvas')
    canvas.width = Math.max(1, Math.round(image.width * ${scale}))
    canvas.height = Math.max(1, Math.round(image.height * ${scale}))
    const context = canvas.getContext('2d')
    context.imageSmoothingQuality = 'high'
    context.drawImage(image, 0, 0, canvas.width, canvas.height)
    return canvas.toDataURL('image/png').split(',')[1]
  })()`)) as string
}

/** Both pictures are drawn at the size of the kept one, as fields of 8 by 8 points. */
export async function differenceOf(page: Page, kept: string, now: string): Promise<Difference> {
  return (await page.evaluate(`(async () => {
    const open = async (text) => createImageBitmap(await (await fetch('data:image/png;base64,' + text)).blob())
    const [a, b] = await Promise.all([open('${kept}'), open('${now}')])
    const [width, height] = [Math.ceil(a.width / 8), Math.ceil(a.height / 8)]
    const colours = (image) => {
      const canvas = document.createElement('canvas')
      canvas.width = width
      canvas.height = height
      const context = canvas.getContext('2d')
      context.imageSmoothingQuality = 'high'
      context.drawImage(image, 0, 0, width, height)
      return context.getImageData(0, 0, width, height).data
    }
    const [x, y] = [colours(a), colours(b)]
    let [sum, worst] = [0, 0]
    for (let i = 0; i < x.length; i += 4) {
      const field = (Math.abs(x[i] - y[i]) + Math.abs(x[i + 1] - y[i + 1]) + Math.abs(x[i + 2] - y[i + 2])) / 3
      sum += field
      worst = Math.max(worst, field)
    }
    return { height: Math.abs(b.height / b.width / (a.height / a.width) - 1), mean: sum / (x.length / 4), worst }
  })()`)) as Difference
}

/** What of a difference is more than allowed, in words. */
export function tooMuch(found: Difference | undefined): string[] {
  if (!found) return []
  return (Object.keys(allowed) as (keyof Difference)[])
    .filter((key) => found[key] > allowed[key])
    .map((key) => `${key} ${found[key].toFixed(3)}, more than ${allowed[key]}`)
}
