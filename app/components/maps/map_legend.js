export default function (component) {
  const { data, parentElement } = component
  const legend = parentElement.querySelector("[role=group]")
  legend.setAttribute("aria-label", data.title)
  const buttons = data.entries.map(([code, colour, word]) => {
    const button = document.createElement("button"), dot = document.createElement("i")
    dot.style.color = colour
    button.append(dot, word)
    button.title = data.title
    button.onclick = () => {
      const lit = new Set(view.lit)
      if (!lit.delete(code)) lit.add(code)
      tell(view, { lit: lit.size < data.entries.length ? lit : new Set() })
    }
    return button
  })
  legend.replaceChildren(...buttons)
  const draw = () => buttons.forEach((button, i) => {
    const lit = view.lit.has(data.entries[i][0])
    button.setAttribute("aria-pressed", lit)
    button.firstChild.textContent = lit || view.lit.size === 0 ? "\u25cf" : "\u25cb"
  })
  const view = join(data.view, parentElement, draw)
  const colours = JSON.stringify(data.entries)
  if (view.colours !== colours) tell(view, { colours, lit: new Set() })
  draw()
  return () => leave(data.view, parentElement)
}
