const TRAVEL_MS = 180
const LIVE_MS = 700
const SETTLE_MS = 250
const CLOSEST = 40
const STEP = 1.6
const REACH = 12
const RADIUS = 2.4
const EDGE = 6
const stages = new WeakMap()

export default function (component) {
  const { data, parentElement, setStateValue } = component
  const find = (selector) => parentElement.querySelector(selector)
  find(".scrub").hidden = false // until here nothing in it had a name
  const input = find("input"), canvas = find("canvas"), card = find(".card"), tip = find(".tip")
  let stage = stages.get(parentElement)
  if (!stage) stages.set(parentElement, (stage = { film: null, at: 0, timer: 0, lasso: null, share: 1 }))
  const fresh = stage.film !== data.film || stage.now.length !== data.places[0].length
  if (fresh) {
    stage.film = data.film
    stage.at = 0
    stage.now = Float32Array.from(data.places[0])
  }
  const idOf = (point) => (data.ids ? data.ids[point] : point)

  find("label").hidden = data.live
  find(".scene").classList.toggle("stacked", data.stacked)
  find(".title").textContent = data.title
  find(".says").textContent = data.says
  find(".note").textContent = data.note
  canvas.style.height = `max(${data.height}px, ${data.height / 9}vh)`
  card.setAttribute("aria-live", data.live ? "off" : "polite")
  input.max = data.words.length - 1
  input.value = stage.at

  // Where a point stands in the picture, in pixels
  const frame = () => {
    const width = canvas.clientWidth, height = canvas.clientHeight, [across, up] = data.extent
    return [width / 2, height / 2,
      Math.min((width - 2 * EDGE) / across, (height - 2 * EDGE) / up)]
  }
  const placeOf = (point, [middle, centre, zoom]) => [
    view.x + (middle + (stage.now[2 * point] - 500) * zoom) * view.scale,
    view.y + (centre - (stage.now[2 * point + 1] - 500) * zoom) * view.scale,
  ]
  const isLit = (point) => view.lit.size === 0 || view.lit.has(data.codes[point])
  const stands = (point) =>
    isLit(point) && (view.chosen.size === 0 || view.chosen.has(idOf(point)))

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
    const free = view.scale === 1 && !view.lassoing
    canvas.style.cursor = view.lassoing ? "crosshair" : free ? "" : "grab"
    canvas.style.touchAction = free ? "" : "none"
    const all = frame(), faint = [], radius = (RADIUS * height) / data.height
    const dot = (alpha) => (point) => {
      const [x, y] = placeOf(point, all)
      pen.globalAlpha = alpha * (stage.late?.has(point) ? stage.share : 1)
      pen.fillStyle = data.palette[data.codes[point]]
      pen.beginPath()
      pen.arc(x, y, radius, 0, 6.3)
      pen.fill()
    }
    const bright = data.codes.map((_, point) => point).filter((point) => {
      if (stands(point)) return true
      faint.push(point)
      return false
    })
    faint.forEach(dot(0.12))
    bright.forEach(dot(faint.length ? 1 : 0.75))
    if (stage.lasso) {
      pen.globalAlpha = 1
      pen.strokeStyle = getComputedStyle(canvas).color
      pen.setLineDash([4, 3])
      pen.beginPath()
      stage.lasso.forEach(([x, y]) => pen.lineTo(x, y))
      pen.stroke()
      pen.setLineDash([])
    }
    Object.assign(canvas.dataset, { scale: view.scale, x: view.x, y: view.y, faint: faint.length })
  }

  // The frame that is pointed at, here or in another part of the view
  const mark = () => {
    const point = view.pointed === null || !data.ids ? -1 : data.ids.indexOf(view.pointed.id)
    const ring = find(".mark")
    ring.hidden = point < 0
    tip.hidden = point < 0 || view.pointed.at !== parentElement
    if (point < 0) return
    const [x, y] = placeOf(point, frame())
    ring.style.translate = `${x}px ${y}px`
    if (!tip.hidden) describe(point, x, y)
  }
  const describe = (point, x, y) => {
    const { frames } = view, index = frames.ids.indexOf(view.pointed.id)
    tip.querySelector("b").textContent = data.names[data.codes[point]]
    tip.querySelector("span").textContent = momentOf(frames, index)
    tip.querySelector("div").replaceChildren(...lanes(frames, index))
    const right = x > canvas.clientWidth / 2
    tip.style.left = right ? "" : `${x + 14}px`
    tip.style.right = right ? `${canvas.clientWidth - x + 14}px` : ""
    tip.style.top = `${Math.max(0, Math.min(y - 20, canvas.clientHeight - tip.offsetHeight))}px`
  }
  const lanes = ({ channels, samples, signal }, index) => channels.map((channel, lane) => {
    const row = document.createElement("p"), name = document.createElement("span")
    const first = (index * channels.length + lane) * samples
    const line = Array.from(signal.subarray(first, first + samples), (y, x) => `${x},${255 - y}`)
    name.textContent = channel
    row.innerHTML = `<svg viewBox="0 0 ${samples - 1} 255" preserveAspectRatio="none">` +
      `<polyline points="${line.join(" ")}"/></svg>`
    row.prepend(name)
    return row
  })

  const view = join(data.view, parentElement, (changes) => {
    if (!("pointed" in changes)) draw()
    mark()
    find(".lasso").setAttribute("aria-pressed", view.lassoing)
  })
  find(".lasso").setAttribute("aria-pressed", view.lassoing)
  if (data.frames && view.sample !== data.sample) {
    const signal = Uint8Array.from(atob(data.frames.signal), (letter) => letter.charCodeAt(0))
    const reset = view.sample === undefined ? {} : { chosen: new Set() }
    Object.assign(view, reset, { sample: data.sample, pointed: null })
    view.frames = { ...data.frames, signal }
  }
  if (data.frames) {
    view.keep = (ids) => setStateValue("chosen", { sample: data.sample, frames: ids })
  }

  const look = (scale, x, y) => tell(view, scale > 1 ? { scale, x, y } : { scale: 1, x: 0, y: 0 })
  const zoomAt = (factor, x, y) => {
    const scale = Math.min(CLOSEST, Math.max(1, view.scale * factor)), grown = scale / view.scale
    look(scale, x - (x - view.x) * grown, y - (y - view.y) * grown)
  }
  const reset = () => {
    if (view.chosen.size) view.keep([])
    tell(view, UNTOUCHED())
  }
  const pointAt = (event) => {
    if (!view.frames || !data.ids) return
    const all = frame()
    let nearest = null, least = REACH ** 2
    for (let point = 0; point < data.codes.length; point++) {
      const [x, y] = placeOf(point, all)
      const far = (x - event.offsetX) ** 2 + (y - event.offsetY) ** 2
      if (far < least && isLit(point)) [nearest, least] = [point, far]
    }
    const pointed = nearest === null ? null : { id: idOf(nearest), at: parentElement }
    if (pointed?.id !== view.pointed?.id) tell(view, { pointed })
  }
  const choose = () => {
    const all = frame(), ids = []
    for (let point = 0; point < data.codes.length; point++) {
      if (isLit(point) && isInside(stage.lasso, ...placeOf(point, all))) ids.push(idOf(point))
    }
    stage.lasso = null
    if (ids.length || view.chosen.size) view.keep(ids)
    tell(view, { chosen: new Set(ids) })
  }

  // The wheel scrolls the page on, until the pointer was moved over the map itself
  canvas.onwheel = (event) => {
    if (!stage.awake || (view.scale === 1 && event.deltaY > 0)) return
    event.preventDefault()
    zoomAt(Math.exp(-0.0015 * event.deltaY), event.offsetX, event.offsetY)
  }
  canvas.onpointerdown = (event) => {
    pointAt(event)
    const lassoes = data.lasso && (view.lassoing || event.shiftKey)
    stage.lasso = lassoes ? [[event.offsetX, event.offsetY]] : null
    if (lassoes || view.scale > 1) canvas.setPointerCapture(event.pointerId)
  }
  canvas.onpointermove = (event) => {
    stage.awake ||= event.movementX !== 0 || event.movementY !== 0
    if (!canvas.hasPointerCapture(event.pointerId)) pointAt(event)
    else if (stage.lasso) {
      stage.lasso.push([event.offsetX, event.offsetY])
      draw()
    } else look(view.scale, view.x + event.movementX, view.y + event.movementY)
  }
  canvas.onpointerup = () => stage.lasso && choose()
  canvas.onpointercancel = () => {
    stage.lasso = null
    draw()
  }
  canvas.onpointerleave = (event) => {
    stage.awake = false
    if (event.pointerType !== "touch" && view.pointed) tell(view, { pointed: null })
  }
  canvas.ondblclick = reset

  const tools = {
    ".lasso": () => tell(view, { lassoing: !view.lassoing }),
    ".closer": () => zoomAt(STEP, canvas.clientWidth / 2, canvas.clientHeight / 2),
    ".farther": () => zoomAt(1 / STEP, canvas.clientWidth / 2, canvas.clientHeight / 2),
    ".whole": reset,
  }
  for (const [selector, use] of Object.entries(tools)) {
    const tool = find(selector)
    tool.title = data.tools[selector.slice(1)]
    tool.setAttribute("aria-label", tool.title)
    tool.onclick = use
  }
  find(".lasso").hidden = !data.lasso

  // Points that stood in the last picture of the training set out from there, others appear
  const setOut = ({ points, places }) => {
    const picture = Math.min(canvas.clientWidth, canvas.clientHeight) - 2 * EDGE
    const factor = picture / 1000 / frame()[2]
    points.forEach((point, i) => {
      stage.now[2 * point] = 500 + (places[2 * i] - 500) * factor
      stage.now[2 * point + 1] = 500 + (places[2 * i + 1] - 500) * factor
    })
    const there = new Set(points)
    stage.late = new Set(data.codes.map((_, point) => point).filter((point) => !there.has(point)))
    stage.share = 0
    canvas.dataset.before = points.length
  }

  const travel = (goal, duration) => {
    cancelAnimationFrame(stage.timer)
    const from = Float32Array.from(stage.now), began = performance.now()
    if (goal.every((value, i) => Math.abs(value - from[i]) < 0.1)) duration = 0
    const step = (time) => {
      const share = duration ? Math.min(1, Math.max(0, (time - began) / duration)) : 1
      const eased = share * share * (3 - 2 * share)
      for (let i = 0; i < goal.length; i++) stage.now[i] = from[i] + (goal[i] - from[i]) * eased
      stage.share = Math.max(stage.share, eased)
      draw()
      mark()
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
  if (fresh && !still && data.before?.points.length) {
    stage.timer = requestAnimationFrame(() => {
      setOut(data.before)
      show(LIVE_MS)
    })
  } else show(!data.live || fresh || still ? 0 : data.ids ? SETTLE_MS : LIVE_MS)
  stage.watcher?.disconnect()
  stage.watcher = new ResizeObserver(() => {
    draw()
    mark()
  })
  stage.watcher.observe(canvas)
  return () => {
    cancelAnimationFrame(stage.timer)
    stage.watcher.disconnect()
    leave(data.view, parentElement)
  }
}

// Whether a place lies inside a closed line: a ray from it crosses the line an odd number of times
const isInside = (line, x, y) => line.reduce((inside, [x1, y1], i) => {
  const [x2, y2] = line[(i + 1) % line.length]
  return y1 > y !== y2 > y && x < x1 + ((x2 - x1) * (y - y1)) / (y2 - y1) ? !inside : inside
}, false)
