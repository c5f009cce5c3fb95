/** Powers of ten that the bars span. */
const [lowest, highest] = [-8, 1]

/** A bar for each layer, from the input to the output, on a scale of powers of ten. */
export function showGradients(place: HTMLElement, gradients: readonly number[]): void {
  while (place.children.length > gradients.length) place.lastElementChild!.remove()
  while (place.children.length < gradients.length) place.append(newRow())
  const last = gradients.at(-1)!
  for (const [k, gradient] of gradients.entries()) {
    const row = place.children[k]!
    const power = Math.log10(gradient)
    const share = Math.min(Math.max((power - lowest) / (highest - lowest), 0), 1)
    const [name, bar, value] = row.children as unknown as [HTMLElement, HTMLElement, HTMLElement]
    name.textContent = k === gradients.length - 1 ? 'output' : `layer ${k + 1}`
    ;(bar.firstElementChild as HTMLElement).style.width = `${(100 * (gradient > 0 ? share : 0)).toFixed(1)}%`
    value.textContent = gradient > 0 ? gradient.toExponential(1) : '0'
    row.classList.toggle('vanished', gradient < last / 1000 || gradient === 0)
  }
}

function newRow(): HTMLElement {
  const row = document.createElement('div')
  row.className = 'gradient'
  row.append(...['span', 'span', 'span'].map((tag) => document.createElement(tag)))
  row.children[1]!.className = 'track'
  row.children[1]!.append(document.createElement('span'))
  return row
}
