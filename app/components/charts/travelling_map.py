"""A map whose points travel, drawn by the browser alone, with a slider or as places come in."""

from typing import Any

import streamlit as st

HTML = """
<div class="scrub">
  <label><span class="title"></span> <output></output><input type="range" min="0" step="1"></label>
  <div class="scene">
    <div class="picture"><canvas role="img"></canvas><div class="legend"></div></div>
    <div class="card"></div>
  </div>
  <p class="says" role="status"></p>
</div>
"""

CSS = """
.scrub{position:relative;font-family:var(--st-font);color:var(--st-text-color);font-size:.95rem}
label{display:block}
[hidden]{display:none}
output{font-weight:700;color:var(--st-primary-color)}
input{width:100%;accent-color:var(--st-primary-color);height:1.6rem;cursor:pointer}
input:focus-visible{outline:2px solid var(--st-primary-color);outline-offset:2px}
.scene{display:grid;grid-template-columns:minmax(0,1.2fr) minmax(0,1fr);gap:1.5rem}
.scene.stacked{grid-template-columns:minmax(0,1fr);gap:.2rem}
canvas{width:100%;display:block}
.legend{line-height:1.5;font-size:.88rem}
.legend span{display:inline-block;white-space:nowrap;margin-right:.9rem}
.card p{margin:.4rem 0}
.says{position:absolute;width:1px;height:1px;margin:0;overflow:hidden;clip-path:inset(50%)}
@media (max-width:700px){.scene{grid-template-columns:minmax(0,1fr)}}
"""

JS = """
const TRAVEL_MS = 180
const LIVE_MS = 700
const CLOSEST = 40
const stages = new WeakMap()
const views = new Map()

export default function (component) {
  const { data, parentElement } = component
  const find = (selector) => parentElement.querySelector(selector)
  const input = find("input"), canvas = find("canvas"), card = find(".card")
  let stage = stages.get(parentElement)
  if (!stage) stages.set(parentElement, (stage = { film: null, at: 0, timer: 0 }))
  const fresh = stage.film !== data.film || stage.now.length !== data.places[0].length
  if (fresh) {
    stage.film = data.film
    stage.at = 0
    stage.now = Float32Array.from(data.places[0])
  }
  if (!views.has(data.view)) views.set(data.view, { scale: 1, x: 0, y: 0, draws: new Map() })
  const view = views.get(data.view)

  find("label").hidden = data.live
  find(".scene").classList.toggle("stacked", data.stacked)
  find(".title").textContent = data.title
  find(".says").textContent = data.says
  canvas.style.height = `${data.height}px`
  card.setAttribute("aria-live", data.live ? "off" : "polite")
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
    canvas.style.cursor = view.scale > 1 ? "grab" : ""
    canvas.style.touchAction = view.scale > 1 ? "none" : ""
    canvas.dataset.scale = view.scale
    const zoom = (Math.min(width, height) - 12) / 1000
    const left = (width - 1000 * zoom) / 2, bottom = height - 6
    for (let i = 0; i < data.colours.length; i++) {
      const x = left + stage.now[2 * i] * zoom, y = bottom - stage.now[2 * i + 1] * zoom
      pen.fillStyle = data.colours[i]
      pen.beginPath()
      pen.arc(view.x + x * view.scale, view.y + y * view.scale, 2.4, 0, 6.3)
      pen.fill()
    }
  }
  view.draws.set(parentElement, draw)

  const look = (scale, x, y) => {
    Object.assign(view, { scale, x, y })
    view.draws.forEach((draw) => draw())
  }
  canvas.onwheel = (event) => {
    event.preventDefault()
    const wanted = view.scale * Math.exp(-0.0015 * event.deltaY)
    const scale = Math.min(CLOSEST, Math.max(1, wanted)), grown = scale / view.scale
    if (scale === 1) look(1, 0, 0)
    else look(scale, event.offsetX - (event.offsetX - view.x) * grown,
      event.offsetY - (event.offsetY - view.y) * grown)
  }
  canvas.onpointerdown = (event) => {
    if (view.scale > 1) canvas.setPointerCapture(event.pointerId)
  }
  canvas.onpointermove = (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return
    look(view.scale, view.x + event.movementX, view.y + event.movementY)
  }
  canvas.ondblclick = () => look(1, 0, 0)

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
    canvas.dataset.stop = data.live ? word : stage.at
    canvas.setAttribute("aria-label", data.alts[stage.at])
    travel(data.places[stage.at], duration)
  }

  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches
  input.oninput = () => {
    stage.at = Number(input.value)
    show(still ? 0 : TRAVEL_MS)
  }
  show(data.live && !fresh && !still ? LIVE_MS : 0)
  stage.watcher?.disconnect()
  stage.watcher = new ResizeObserver(draw)
  stage.watcher.observe(canvas)
  return () => {
    cancelAnimationFrame(stage.timer)
    stage.watcher.disconnect()
    view.draws.delete(parentElement)
    if (view.draws.size === 0) views.delete(data.view)
  }
}
"""

HEIGHT = 330

_mount = st.components.v2.component("travelling_map", html=HTML, css=CSS, js=JS)


def travelling_map(data: dict[str, Any], key: str) -> None:
    """Mount the map; the wheel zooms, dragging pans, a double click resets.

    data: film, a name that changes with the points; title; words and alts, the latter read out in
    place of the picture, one a position; places, for each position x and y of every point in turn,
    0 to 1000; colours, one a point; legend, pairs of colour and word; cards, one a position, HTML
    whose texts are escaped. Where they are given: height of the picture; stacked, the card under
    the picture; view, a name that maps share which are zoomed together; live, the one position is
    the present one, which the points travel to when other places come in; says, a sentence that is
    read out when it changes.
    """
    defaults = {"height": HEIGHT, "stacked": False, "view": key, "live": False, "says": ""}
    _mount(key=key, data=defaults | data)
