"""A stage on which points move: play, pause, step, reset; drawn by the browser alone."""

from typing import Any

import streamlit as st

HTML = """
<div class="stage" hidden>
  <fieldset class="acts"><legend></legend></fieldset>
  <div class="keys">
    <button type="button" class="play"></button>
    <button type="button" class="step"></button>
    <button type="button" class="reset"></button>
    <label><span class="title"></span> <output></output>
      <input type="range" min="0" step="1"></label>
  </div>
  <div class="panels">
    <figure><figcaption></figcaption><canvas class="points" role="img"></canvas><p></p></figure>
    <figure><figcaption></figcaption><canvas class="points" role="img"></canvas><p></p></figure>
  </div>
  <figure class="course"><figcaption></figcaption><canvas role="img"></canvas></figure>
  <p class="note"></p>
  <p class="says" aria-live="polite"></p>
</div>
"""

CSS = """
.stage{position:relative;font-family:var(--st-font);color:var(--st-text-color);font-size:.95rem}
fieldset{border:0;padding:0;margin:0 0 .5rem;display:flex;flex-wrap:wrap;gap:.2rem 1rem}
legend{font-weight:600;padding:0;float:left;margin-right:1rem}
fieldset label{cursor:pointer;white-space:nowrap}
input{accent-color:var(--st-primary-color);cursor:pointer}
.keys{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin-bottom:.4rem}
.keys label{flex:1 1 14rem}
.keys input{width:100%;height:1.4rem}
button{font:inherit;color:inherit;padding:.3rem .8rem;min-height:2.2rem;cursor:pointer;
  background:var(--st-secondary-background-color);border:1px solid var(--st-border-color);
  border-radius:var(--st-base-radius)}
button.play{min-width:6.2rem;font-weight:600}
button:hover:enabled{border-color:var(--st-primary-color)}
button:disabled{opacity:.5;cursor:default}
:focus-visible{outline:2px solid var(--st-primary-color);outline-offset:2px}
.panels{display:grid;grid-template-columns:1fr 1fr;gap:1rem}
figure{margin:0}
figcaption{font-weight:600}
.points{width:100%;height:250px;display:block}
.course canvas{width:100%;height:96px;display:block}
figure p{margin:.1rem 0 .5rem;text-align:center;font-variant-numeric:tabular-nums}
.note:empty{display:none}
.says{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media (max-width:560px){.panels{gap:.5rem}.points{height:175px}
  figure p{font-size:.85rem;min-height:3.6em}figcaption{min-height:2.6em}}
"""

JS = """
const KEPT_A_SECOND = 9
const CORNERS = {
  1: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
  2: [[0, -1.2], [1.1, 0.8], [-1.1, 0.8]],
  3: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]],
}
const stages = new WeakMap()

export default function (component) {
  const { data, parentElement } = component
  const find = (selector) => parentElement.querySelector(selector)
  const all = (selector) => [...parentElement.querySelectorAll(selector)]
  find(".stage").hidden = false // until here nothing in it had a name
  let stage = stages.get(parentElement)
  if (!stage) stages.set(parentElement, (stage = { at: 0, act: 1, playing: false, film: "" }))
  if (stage.film !== data.film) Object.assign(stage, { film: data.film, at: 0, playing: false })
  const last = data.steps.length - 1
  const input = find(".keys input"), play = find(".play")
  const style = getComputedStyle(find(".stage"))
  const ink = style.getPropertyValue("--st-text-color")
  const faint = style.getPropertyValue("--st-border-color")

  const acts = find(".acts")
  find(".acts legend").textContent = data.words.choose
  acts.querySelectorAll("label").forEach((label) => label.remove())
  data.acts.slice(1).forEach((act, index) => {
    const label = document.createElement("label"), radio = document.createElement("input")
    Object.assign(radio, { type: "radio", name: "act", checked: stage.act === index + 1 })
    radio.onchange = () => show({ act: index + 1 })
    label.append(radio, " " + act.title)
    acts.append(label)
  })
  find(".step").textContent = data.words.step
  find(".reset").textContent = data.words.reset
  find(".title").textContent = data.words.position
  input.max = last
  input.setAttribute("aria-label", data.words.position)
  find(".course figcaption").textContent = data.words.course

  const pen_of = (canvas) => {
    const ratio = window.devicePixelRatio || 1
    const width = canvas.clientWidth, height = canvas.clientHeight
    const wide = Math.round(width * ratio), high = Math.round(height * ratio)
    if (canvas.width !== wide || canvas.height !== high) {
      canvas.width = wide
      canvas.height = high
    }
    const pen = canvas.getContext("2d")
    pen.setTransform(ratio, 0, 0, ratio, 0, 0)
    pen.clearRect(0, 0, width, height)
    return [pen, width, height]
  }

  const mark = (pen, symbol, x, y, r) => {
    pen.beginPath()
    if (symbol === 0) pen.arc(x, y, r, 0, 6.3)
    else CORNERS[symbol].forEach(([a, b], i) => pen[i ? "lineTo" : "moveTo"](x + a * r, y + b * r))
    pen.fill()
  }

  const paint = (canvas, act) => {
    const [pen, width, height] = pen_of(canvas)
    const radius = Math.min(width, height) / 2 - 9, x0 = width / 2, y0 = height / 2
    const size = data.dimensions, n = data.stretches.length
    const before = Math.floor(stage.at), share = stage.at - before
    const from = act.places[before], to = act.places[Math.min(last, before + 1)]
    pen.strokeStyle = faint
    pen.lineWidth = 1.2
    for (const flat of size === 3 ? [1, 0.34] : [1]) {
      pen.beginPath()
      pen.ellipse(x0, y0, radius, radius * flat, 0, 0, 6.3)
      pen.stroke()
    }
    const points = []
    for (let i = 0; i < n; i++) {
      const place = [0, 0, 0]
      for (let d = 0; d < size; d++) {
        const a = from[i * size + d], b = to[i * size + d]
        place[d] = (a + (b - a) * share) / 1000
      }
      const length = Math.hypot(...place) || 1
      const [x, y, z] = place.map((value) => value / length)
      points.push(size === 3 ? [x, 0.94 * y - 0.34 * z, 0.34 * y + 0.94 * z] : [x, y, 1])
    }
    pen.globalAlpha = 0.16
    pen.strokeStyle = ink
    pen.lineWidth = 0.7
    pen.beginPath()
    points.forEach(([x, y], i) => pen[i ? "lineTo" : "moveTo"](x0 + x * radius, y0 - y * radius))
    pen.stroke()
    const order = points.map((_, i) => i).sort((a, b) => points[a][2] - points[b][2])
    for (const i of order) {
      const [x, y, depth] = points[i]
      pen.globalAlpha = depth < 0 ? 0.4 : 0.9
      pen.fillStyle = data.colours[data.stretches[i]]
      mark(pen, data.stretches[i], x0 + x * radius, y0 - y * radius, depth < 0 ? 3.4 : 4.4)
    }
    pen.globalAlpha = 1
    canvas.dataset.at = stage.at
  }

  const course = () => {
    const [pen, width, height] = pen_of(find(".course canvas"))
    const left = 26, right = width - 8, top = 8, bottom = height - 18
    const across = (k) => left + ((right - left) * k) / last
    const up = (value) => bottom - ((bottom - top) * (value - 1)) / (data.dimensions - 1)
    pen.font = "11px " + style.fontFamily
    pen.fillStyle = ink
    pen.strokeStyle = faint
    pen.lineWidth = 1
    for (let value = 1; value <= data.dimensions; value++) {
      pen.fillText(value, 8, up(value) + 4)
      pen.beginPath()
      pen.moveTo(left, up(value))
      pen.lineTo(right, up(value))
      pen.stroke()
    }
    pen.fillText(data.words.begin, left, height - 4)
    pen.textAlign = "right"
    pen.fillText(data.words.end, right, height - 4)
    pen.textAlign = "left"
    const courses = [[data.acts[0], data.left, [5, 4]], [data.acts[stage.act], data.right, []]]
    courses.forEach(([act, colour, dash]) => {
      pen.strokeStyle = colour
      pen.lineWidth = 2.2
      pen.setLineDash(dash)
      pen.beginPath()
      let broken = true
      act.ranks.forEach((rank, k) => {
        if (rank === null) { broken = true; return }
        pen[broken ? "moveTo" : "lineTo"](across(k), up(rank))
        broken = false
      })
      pen.stroke()
    })
    pen.setLineDash([])
    pen.strokeStyle = ink
    pen.lineWidth = 1
    pen.beginPath()
    pen.moveTo(across(stage.at), top)
    pen.lineTo(across(stage.at), bottom)
    pen.stroke()
  }

  const draw = () => {
    const k = Math.round(stage.at)
    const shown = [data.acts[0], data.acts[stage.act]]
    all(".points").forEach((canvas, side) => {
      paint(canvas, shown[side])
      canvas.setAttribute("aria-label", shown[side].title + ": " + shown[side].lines[k])
    })
    all(".panels figure").forEach((panel, side) => {
      panel.querySelector("figcaption").textContent = shown[side].title
      panel.querySelector("p").textContent = shown[side].lines[k]
    })
    course()
    find(".course canvas").setAttribute("aria-label", data.words.course)
    input.value = k
    input.setAttribute("aria-valuetext", String(data.steps[k]))
    find("output").textContent = data.steps[k]
    play.textContent = stage.playing ? data.words.pause : data.words.play
    find(".step").disabled = k >= last
    find(".reset").disabled = stage.at === 0
    find(".note").textContent = shown[1].note
    if (!stage.playing) {
      const said = shown.map((act) => act.title + ": " + act.lines[k])
      find(".says").textContent = [...said, shown[1].note].join(" ")
    }
    find(".stage").dataset.playing = stage.playing
    find(".stage").dataset.at = stage.at.toFixed(2)
    find(".stage").dataset.act = stage.act
  }
  const show = (change = {}) => {
    Object.assign(stage, change)
    cancelAnimationFrame(stage.timer)
    stage.timer = requestAnimationFrame(draw)
  }

  const roll = () => {
    cancelAnimationFrame(stage.timer)
    let before = performance.now()
    const tick = (now) => {
      if (!stage.playing) return
      stage.at = Math.min(last, stage.at + Math.max(0, (now - before) / 1000) * KEPT_A_SECOND)
      before = now
      if (stage.at >= last) stage.playing = false
      draw()
      if (stage.playing) stage.timer = requestAnimationFrame(tick)
    }
    stage.timer = requestAnimationFrame(tick)
  }
  play.onclick = () => {
    if (!stage.playing && stage.at >= last) stage.at = 0
    stage.playing = !stage.playing
    stage.playing ? roll() : show()
  }
  const leap = (at) => show({ playing: false, at: Math.min(last, at) })
  find(".step").onclick = () => leap(Math.round(stage.at) + 1)
  find(".reset").onclick = () => leap(0)
  input.oninput = () => leap(Number(input.value))

  stage.playing ? roll() : show()
  stage.watcher?.disconnect()
  stage.watcher = new ResizeObserver(() => draw())
  stage.watcher.observe(find(".panels"))
  return () => {
    cancelAnimationFrame(stage.timer)
    stage.watcher.disconnect()
  }
}
"""

_mount = st.components.v2.component("motion_stage", html=HTML, css=CSS, js=JS)


def motion_stage(data: dict[str, Any], key: str) -> None:
    """Mount the stage; the act that it begins beside the first is the second.

    data: film, a name that changes with the places; dimensions, 2 or 3; steps, the number of each
    moment; stretches, one a point, numbers of colours and of marks; colours; left, right, colours
    of the two courses; words (choose, play, pause, step, reset, position, course, begin, end);
    acts, the first of which is always shown: title, places (for each moment the coordinates of
    every point in turn, in thousandths), ranks (one a moment, or null), lines (one sentence a
    moment) and note (a sentence, or empty).
    """
    _mount(key=key, data=data)
