/** The element with an id, which the page has. */
export function element<E extends HTMLElement = HTMLElement>(id: string): E {
  return document.getElementById(id) as E
}

/** The value of a colour of the style sheet, in the theme that is shown. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

const media = matchMedia('(prefers-color-scheme: dark)')

/** Whether the dark theme is shown. */
export function isDark(): boolean {
  const { theme } = document.documentElement.dataset
  return theme === undefined ? media.matches : theme === 'dark'
}

/** Shows the button that switches themes; `redraw` is called after each change, and for a light page on paper. */
export function themes(redraw: () => void): void {
  const button = element<HTMLButtonElement>('theme')
  const root = document.documentElement
  const label = () => {
    button.textContent = isDark() ? 'Light' : 'Dark'
  }
  const show = (theme: string | undefined) => {
    if (theme === undefined) delete root.dataset.theme
    else root.dataset.theme = theme
    label()
    redraw()
  }
  button.hidden = false
  label()
  button.addEventListener('click', () => show(isDark() ? 'light' : 'dark'))
  media.addEventListener('change', () => show(root.dataset.theme))
  let before: string | undefined
  addEventListener('beforeprint', () => {
    before = root.dataset.theme
    for (const details of document.querySelectorAll('details')) details.open = true
    show('light')
  })
  addEventListener('afterprint', () => show(before))
}

/** A number as the page writes numbers. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (Number.isInteger(value)) return value.toLocaleString('en-US')
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(4)))
}

export function formatShare(share: number): string {
  return Number.isNaN(share) ? '–' : `${(100 * share).toFixed(1)} %`
}
