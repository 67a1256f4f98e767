"use strict";
(() => {
  const element = (id) => document.getElementById(id);
  const data = JSON.parse(element("data").textContent);
  const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const labels = bytes(data.labels);
  const maps = data.maps.map((map) => ({ ...map, points: new Uint16Array(bytes(map.points).buffer) }));
  // A plain map shows everything in the colour of the first class.
  const classes = data.classes.length ? data.classes : [{ label: 0, name: "", mark: 0, colour: "rgb(63,144,218)" }];
  const classOf = new Map(classes.map((entry) => [entry.label, entry]));
  const labelOf = (index) => (labels.length ? labels[index] : 0);
  const firstPlaced = data.count - (data.placed || 0);
  const hidden = new Set();
  const sheets = [...document.querySelectorAll("img.sheet")];

  const canvas = element("map");
  const context = canvas.getContext("2d");
  let current = maps[0];
  let positions = Float32Array.from(current.points);
  let chosen = -1;

  // MARK: View: a point (x, y) is drawn at (x * scale + left, top - y * scale), in pixels of the page.

  const span = 65535;
  let view = { scale: 1, left: 0, top: 0 };
  let isWhole = true;

  const wholeView = () => {
    const { clientWidth: width, clientHeight: height } = canvas;
    const scale = Math.max(Math.min(width, height) - 40, 40) / span;
    return { scale, left: (width - span * scale) / 2, top: (height + span * scale) / 2 };
  };

  const enlarge = (factor, x, y) => {
    const whole = wholeView().scale;
    const scale = Math.min(Math.max(view.scale * factor, whole / 2), whole * 400);
    const ratio = scale / view.scale;
    view = { scale, left: x - (x - view.left) * ratio, top: y - (y - view.top) * ratio };
    isWhole = false;
    redraw();
  };

  const move = (dx, dy) => {
    view = { ...view, left: view.left + dx, top: view.top + dy };
    isWhole = false;
    redraw();
  };

  const showWhole = () => {
    isWhole = true;
    redraw();
  };

  // MARK: Drawing

  const trace = (target, mark, x, y, radius) => {
    target.beginPath();
    if (mark === 2) target.rect(x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8);
    else target.arc(x, y, radius, 0, 2 * Math.PI);
    if (mark === 1) target.arc(x, y, radius * 0.45, 0, 2 * Math.PI, true);
  };

  /** One small picture of each class's mark, which is faster to copy than to draw. */
  const stamps = (radius, density) =>
    new Map(
      classes.map((entry) => {
        const stamp = document.createElement("canvas");
        stamp.width = stamp.height = Math.ceil((2 * radius + 2) * density);
        const target = stamp.getContext("2d");
        target.scale(density, density);
        target.fillStyle = entry.colour;
        trace(target, entry.mark, radius + 1, radius + 1, radius);
        target.fill();
        return [entry.label, stamp];
      }),
    );

  let isScheduled = false;
  const redraw = () => {
    if (isScheduled) return;
    isScheduled = true;
    requestAnimationFrame(() => {
      isScheduled = false;
      draw();
    });
  };

  const radiusOfPoints = () => {
    const enlarged = Math.sqrt(view.scale / wholeView().scale);
    const side = Math.min(canvas.clientWidth, canvas.clientHeight);
    const start = Math.min(Math.max((0.24 * side) / Math.sqrt(data.count), 1.2), 4.5);
    return Math.min(start * Math.max(enlarged, 0.8), 9);
  };

  const draw = () => {
    const { clientWidth: width, clientHeight: height } = canvas;
    const density = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * density) || canvas.height !== Math.round(height * density)) {
      canvas.width = Math.round(width * density);
      canvas.height = Math.round(height * density);
    }
    if (isWhole) view = wholeView();
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, width, height);
    const radius = radiusOfPoints();
    const pictures = stamps(radius, density);
    const side = Math.ceil((2 * radius + 2) * density) / density;
    context.globalAlpha = data.placed ? 0.3 : 0.85;
    for (let index = 0; index < data.count; index += 1) {
      const label = labelOf(index);
      if (hidden.has(label)) continue;
      const x = positions[2 * index] * view.scale + view.left;
      const y = view.top - positions[2 * index + 1] * view.scale;
      if (x < -radius || y < -radius || x > width + radius || y > height + radius) continue;
      if (index < firstPlaced) context.drawImage(pictures.get(label), x - radius - 1, y - radius - 1, side, side);
      else drawPlaced(label, x, y, radius);
    }
    context.globalAlpha = 1;
    drawChosen(radius);
  };

  /** A new sample stands out among those of the map: full colour, with an outline. */
  const drawPlaced = (label, x, y, radius) => {
    const entry = classOf.get(label) ?? classes[0];
    context.globalAlpha = 1;
    context.fillStyle = entry.colour;
    context.lineWidth = Math.max(radius * 0.35, 1);
    context.strokeStyle = getComputedStyle(canvas).color;
    trace(context, entry.mark, x, y, radius * 1.5);
    context.fill();
    context.stroke();
  };

  const drawChosen = (radius) => {
    const box = element("sample");
    box.hidden = chosen < 0;
    if (chosen < 0) return;
    const x = positions[2 * chosen] * view.scale + view.left;
    const y = view.top - positions[2 * chosen + 1] * view.scale;
    context.beginPath();
    context.arc(x, y, radius + 3, 0, 2 * Math.PI);
    context.lineWidth = 2;
    context.strokeStyle = getComputedStyle(canvas).color;
    context.stroke();
    const { clientWidth: width, clientHeight: height } = canvas;
    const beside = x + 14 + box.offsetWidth < width ? x + 14 : x - 14 - box.offsetWidth;
    box.style.left = `${Math.min(Math.max(beside, 4), Math.max(width - box.offsetWidth - 4, 4))}px`;
    box.style.top = `${Math.min(Math.max(y - box.offsetHeight / 2, 4), Math.max(height - box.offsetHeight - 4, 4))}px`;
  };

  // MARK: The sample under the pointer

  const nearest = (x, y, reach) => {
    let best = -1;
    let least = reach * reach;
    for (let index = 0; index < data.count; index += 1) {
      const dx = positions[2 * index] * view.scale + view.left - x;
      const dy = view.top - positions[2 * index + 1] * view.scale - y;
      const square = dx * dx + dy * dy;
      if (square < least && !hidden.has(labelOf(index))) {
        least = square;
        best = index;
      }
    }
    return best;
  };

  const choose = (index) => {
    if (index === chosen) return;
    chosen = index;
    if (chosen >= 0) {
      const name = labels.length ? classOf.get(labels[chosen]).name : "";
      const who = chosen < firstPlaced ? `Sample ${chosen}` : `New sample ${chosen - firstPlaced}`;
      const file = data.names[chosen - (data.count - data.names.length)];
      element("caption").textContent = [`${who}${name ? `: ${name}` : ""}`, file].filter(Boolean).join("\n");
      showPicture(chosen);
    }
    redraw();
  };

  const showPicture = (index) => {
    const target = element("picture");
    const images = data.images;
    target.hidden = !images;
    if (!images) return;
    const sheet = sheets[Math.floor(index / images.imagesOfSheet)];
    const place = index % images.imagesOfSheet;
    const left = (place % images.columns) * images.width;
    const top = Math.floor(place / images.columns) * images.height;
    target.width = images.width;
    target.height = images.height;
    const enlarged = Math.max(1, Math.round(112 / Math.max(images.width, images.height)));
    target.style.width = `${images.width * enlarged}px`;
    target.style.height = `${images.height * enlarged}px`;
    const paint = () => {
      if (chosen !== index) return;
      const { width, height } = images;
      target.getContext("2d").drawImage(sheet, left, top, width, height, 0, 0, width, height);
    };
    if (sheet.complete) paint();
    else sheet.addEventListener("load", paint, { once: true });
  };

  // MARK: Pointers, wheel and keys

  const pointers = new Map();
  let hasMoved = false;
  const placeOf = (event) => {
    const frame = canvas.getBoundingClientRect();
    return { x: event.clientX - frame.left, y: event.clientY - frame.top };
  };

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, placeOf(event));
    hasMoved = false;
    canvas.classList.add("moving");
  });

  canvas.addEventListener("pointermove", (event) => {
    const place = placeOf(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      choose(nearest(place.x, place.y, 14));
      return;
    }
    if (Math.hypot(place.x - before.x, place.y - before.y) > 2) hasMoved = true;
    const other = [...pointers].find(([id]) => id !== event.pointerId);
    pointers.set(event.pointerId, place);
    if (!other) {
      move(place.x - before.x, place.y - before.y);
      return;
    }
    // Two fingers: half of the way moves, the distance enlarges.
    const fixed = other[1];
    const length = (point) => Math.max(Math.hypot(point.x - fixed.x, point.y - fixed.y), 1);
    move((place.x - before.x) / 2, (place.y - before.y) / 2);
    enlarge(length(place) / length(before), (place.x + fixed.x) / 2, (place.y + fixed.y) / 2);
  });

  const release = (event) => {
    const place = pointers.get(event.pointerId);
    pointers.delete(event.pointerId);
    if (pointers.size === 0) canvas.classList.remove("moving");
    if (place && !hasMoved) choose(nearest(place.x, place.y, 22));
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse" && pointers.size === 0) choose(-1);
  });

  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const { x, y } = placeOf(event);
      // Lines and pages, in which some mice count, are about 30 and 300 pixels.
      enlarge(Math.exp(-event.deltaY * [1, 30, 300][event.deltaMode] * 0.0015), x, y);
    },
    { passive: false },
  );

  const enlargeAtMiddle = (factor) => enlarge(factor, canvas.clientWidth / 2, canvas.clientHeight / 2);
  const actions = {
    "+": () => enlargeAtMiddle(1.4),
    "=": () => enlargeAtMiddle(1.4),
    "-": () => enlargeAtMiddle(1 / 1.4),
    "0": showWhole,
    ArrowLeft: () => move(60, 0),
    ArrowRight: () => move(-60, 0),
    ArrowUp: () => move(0, 60),
    ArrowDown: () => move(0, -60),
    Escape: () => choose(-1),
  };
  document.addEventListener("keydown", (event) => {
    const isArrow = event.key.startsWith("Arrow");
    // Arrows belong to the tabs while those have the focus.
    if (event.ctrlKey || event.metaKey || event.altKey || (isArrow && event.target !== canvas)) return;
    if (!Object.hasOwn(actions, event.key)) return;
    event.preventDefault();
    actions[event.key]();
  });
  element("closer").addEventListener("click", actions["+"]);
  element("farther").addEventListener("click", actions["-"]);
  element("whole").addEventListener("click", showWhole);

  // MARK: Tabs

  const tabs = maps.map((map) => {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.textContent = map.name;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", "map");
    tab.addEventListener("click", () => show(map));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = (maps.indexOf(map) + step + maps.length) % maps.length;
      tabs[next].focus();
      show(maps[next]);
    });
    element("tabs").append(tab);
    return tab;
  });

  /** Shows a map; the points wander there from where they were. */
  const show = (map) => {
    const start = positions;
    current = map;
    element("note").textContent = map.note;
    tabs.forEach((tab, index) => {
      tab.setAttribute("aria-selected", String(maps[index] === map));
      tab.tabIndex = maps[index] === map ? 0 : -1;
    });
    isWhole = true;
    const goal = Float32Array.from(map.points);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      positions = goal;
      redraw();
      return;
    }
    const begun = performance.now();
    const frame = (now) => {
      if (current !== map) return;
      const share = Math.min(Math.max((now - begun) / 500, 0), 1);
      const eased = share * share * (3 - 2 * share);
      positions = share < 1 ? start.map((value, index) => value + (goal[index] - value) * eased) : goal;
      draw();
      if (share < 1) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  };

  // MARK: Legend

  const entries = data.classes.map((entry) => {
    const button = document.createElement("button");
    button.type = "button";
    button.title = "Click: hide or show. Double-click: show this one alone, or all.";
    const picture = document.createElement("canvas");
    picture.width = picture.height = 32;
    const target = picture.getContext("2d");
    target.fillStyle = entry.colour;
    trace(target, entry.mark, 16, 16, 12);
    target.fill();
    const name = document.createElement("span");
    name.textContent = entry.name;
    const count = document.createElement("small");
    count.textContent = String(labels.reduce((sum, label) => sum + (label === entry.label ? 1 : 0), 0));
    button.append(picture, name, count);
    button.addEventListener("click", () => {
      if (!hidden.delete(entry.label)) hidden.add(entry.label);
      refresh();
    });
    button.addEventListener("dblclick", () => {
      const isAlone = hidden.size === classes.length - 1 && !hidden.has(entry.label);
      hidden.clear();
      if (!isAlone) classes.forEach((other) => other !== entry && hidden.add(other.label));
      refresh();
    });
    element("legend").append(button);
    return button;
  });

  const refresh = () => {
    entries.forEach((button, index) => {
      button.setAttribute("aria-pressed", String(!hidden.has(classes[index].label)));
    });
    if (chosen >= 0 && hidden.has(labelOf(chosen))) chosen = -1;
    redraw();
  };

  element("tabs").hidden = maps.length < 2;
  element("note").textContent = current.note;
  tabs.forEach((tab, index) => {
    tab.setAttribute("aria-selected", String(index === 0));
    tab.tabIndex = index === 0 ? 0 : -1;
  });
  refresh();
  new ResizeObserver(redraw).observe(canvas);
})();
