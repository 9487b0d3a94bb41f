// What the parts of one view share, however many components they are in: its maps, their legend
// and the strip in time. Each part is told what has changed and draws itself anew.

const views = (globalThis.linkedViews ??= new Map())

const UNTOUCHED = () => ({ scale: 1, x: 0, y: 0, lit: new Set(), chosen: new Set() })

const join = (name, part, draw) => {
  if (!views.has(name)) {
    views.set(name, { ...UNTOUCHED(), pointed: null, lassoing: false, frames: null,
      keep: () => {}, parts: new Map() })
  }
  const view = views.get(name)
  view.parts.set(part, draw)
  return view
}

const leave = (name, part) => {
  const parts = views.get(name)?.parts
  parts?.delete(part)
  if (parts?.size === 0) views.delete(name)
}

const tell = (view, changes) => {
  Object.assign(view, changes)
  view.parts.forEach((draw) => draw(changes))
}

const momentOf = (frames, index) => `${frames.names[frames.recording[index]]}, ${frames.time[index]} s`
