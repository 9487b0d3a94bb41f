"""A map whose points travel with a slider, drawn by the browser alone: no round trip, no jump."""

from typing import Any

import streamlit as st

HTML = """
<div class="scrub">
  <label><span class="title"></span> <output></output><input type="range" min="0" step="1"></label>
  <div class="scene">
    <div class="picture"><canvas role="img"></canvas><div class="legend"></div></div>
    <div class="card" aria-live="polite"></div>
  </div>
</div>
"""

CSS = """
.scrub{font-family:var(--st-font);color:var(--st-text-color);font-size:.95rem}
label{display:block}
output{font-weight:700;color:var(--st-primary-color)}
input{width:100%;accent-color:var(--st-primary-color);height:1.6rem;cursor:pointer}
input:focus-visible{outline:2px solid var(--st-primary-color);outline-offset:2px}
.scene{display:grid;grid-template-columns:minmax(0,1.2fr) minmax(0,1fr);gap:1.5rem}
canvas{width:100%;height:330px;display:block}
.legend{line-height:1.5;font-size:.88rem}
.legend span{display:inline-block;white-space:nowrap;margin-right:.9rem}
.card p{margin:.4rem 0}
@media (max-width:700px){.scene{grid-template-columns:1fr}}
"""

JS = """
const TRAVEL_MS = 180
const stages = new WeakMap()

export default function (component) {
  const { data, parentElement } = component
  const find = (selector) => parentElement.querySelector(selector)
  const input = find("input"), canvas = find("canvas"), card = find(".card")
  let stage = stages.get(parentElement)
  if (!stage) stages.set(parentElement, (stage = { at: 0, film: "", timer: 0 }))
  const film = JSON.stringify(data.words) + data.title + data.places.length + data.places[0].length
  if (stage.film !== film) {
    stage.film = film
    stage.at = 0
    stage.now = Float32Array.from(data.places[0])
  }

  find(".title").textContent = data.title
  input.max = data.words.length - 1
  input.value = stage.at
  const legend = find(".legend")
  legend.replaceChildren(...data.legend.map(([colour, word]) => {
    const item = document.createElement("span"), dot = document.createElement("i")
    dot.textContent = "\u25cf "
    dot.style.cssText = `color:${colour};font-style:normal`
    item.append(dot, word)
    return item
  }))

  const draw = () => {
    const ratio = window.devicePixelRatio || 1
    const width = canvas.clientWidth, height = canvas.clientHeight
    if (canvas.width !== width * ratio || canvas.height !== height * ratio) {
      canvas.width = width * ratio
      canvas.height = height * ratio
    }
    const pen = canvas.getContext("2d")
    pen.setTransform(ratio, 0, 0, ratio, 0, 0)
    pen.clearRect(0, 0, width, height)
    pen.globalAlpha = 0.75
    const zoom = (Math.min(width, height) - 12) / 1000
    const left = (width - 1000 * zoom) / 2, bottom = height - 6
    for (let i = 0; i < data.colours.length; i++) {
      pen.fillStyle = data.colours[i]
      pen.beginPath()
      pen.arc(left + stage.now[2 * i] * zoom, bottom - stage.now[2 * i + 1] * zoom, 2.4, 0, 6.3)
      pen.fill()
    }
  }

  const travel = (goal, duration) => {
    cancelAnimationFrame(stage.timer)
    const from = Float32Array.from(stage.now), began = performance.now()
    const step = (time) => {
      const share = duration ? Math.min(1, Math.max(0, (time - began) / duration)) : 1
      const eased = share * share * (3 - 2 * share)
      for (let i = 0; i < goal.length; i++) stage.now[i] = from[i] + (goal[i] - from[i]) * eased
      draw()
      canvas.dataset.moving = share < 1
      if (share < 1) stage.timer = requestAnimationFrame(step)
    }
    stage.timer = requestAnimationFrame(step)
  }

  const show = (duration) => {
    const word = data.words[stage.at]
    find("output").textContent = word
    input.setAttribute("aria-valuetext", word)
    card.innerHTML = data.cards[stage.at]
    canvas.dataset.stop = stage.at
    canvas.setAttribute("aria-label", `Map of the held-out frames, ${data.title} ${word}`)
    travel(data.places[stage.at], duration)
  }

  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches
  input.oninput = () => {
    stage.at = Number(input.value)
    show(still ? 0 : TRAVEL_MS)
  }
  show(0)
  stage.watcher?.disconnect()
  stage.watcher = new ResizeObserver(draw)
  stage.watcher.observe(canvas)
  return () => {
    cancelAnimationFrame(stage.timer)
    stage.watcher.disconnect()
  }
}
"""

_mount = st.components.v2.component("travelling_map", html=HTML, css=CSS, js=JS)


def travelling_map(data: dict[str, Any], key: str) -> None:
    """Mount the map.

    data: title; words, one a position; places, for each position x and y of every point in turn,
    0 to 1000; colours, one a point; legend, pairs of colour and word; cards, one a position, HTML
    whose texts are escaped.
    """
    _mount(key=key, data=data)
