const stages = new WeakMap()

export default function (component) {
  const { data, parentElement } = component
  const find = (selector) => parentElement.querySelector(selector)
  const plot = find(".plot"), where = find(".where")
  let stage = stages.get(parentElement)
  if (!stage) stages.set(parentElement, (stage = {}))
  if (stage.asked !== data.recording) stage.recording = stage.asked = data.recording

  const rows = data.rows.map(({ title }) => {
    const name = document.createElement("span")
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
    svg.setAttribute("preserveAspectRatio", "none")
    name.textContent = title
    return [name, svg]
  })
  find(".rows").replaceChildren(...rows.flat())

  const drawRecording = (recording) => {
    stage.recording = recording
    const [begin, end] = data.ends[recording]
    rows.forEach(([, svg], i) => {
      const { spans, palette } = data.rows[i]
      svg.setAttribute("viewBox", `${begin} 0 ${end - begin} 1`)
      svg.innerHTML = spans[recording].map(([from, length, code]) =>
        `<rect x="${from}" width="${length}" height="1" style="color:${palette[code]}"/>`).join("") +
        '<line class="mark" y1="0" y2="1"/>'
    })
    plot.role = "img"
    plot.ariaLabel = data.alts[recording]
    find(".begin").textContent = `${Math.round(begin)} s`
    find(".end").textContent = `${Math.round(end)} s`
  }

  const draw = () => {
    const { frames, pointed } = view
    const index = frames && pointed ? frames.ids.indexOf(pointed.id) : -1
    if (index >= 0 && frames.recording[index] !== stage.recording) {
      drawRecording(frames.recording[index])
    }
    where.textContent = index < 0 ? data.names[stage.recording] : momentOf(frames, index)
    rows.forEach(([, svg]) => {
      const line = svg.querySelector(".mark")
      line.style.display = index < 0 ? "none" : ""
      if (index < 0) return
      line.setAttribute("x1", frames.time[index])
      line.setAttribute("x2", frames.time[index])
    })
  }
  const view = join(data.view, parentElement, draw)
  drawRecording(stage.recording)
  draw()

  // Pointing at a moment marks the frame nearest to it in the maps
  plot.onpointermove = (event) => {
    const { frames } = view, box = rows[0][1].getBoundingClientRect()
    if (!frames) return
    const [begin, end] = data.ends[stage.recording]
    const time = begin + ((event.clientX - box.left) / box.width) * (end - begin)
    let nearest = -1
    frames.time.forEach((other, index) => {
      if (frames.recording[index] !== stage.recording) return
      if (nearest < 0 || Math.abs(other - time) < Math.abs(frames.time[nearest] - time)) {
        nearest = index
      }
    })
    if (nearest >= 0) tell(view, { pointed: { id: frames.ids[nearest], at: parentElement } })
  }
  plot.onpointerleave = () => tell(view, { pointed: null })
  return () => leave(data.view, parentElement)
}
