/* Charts that can be zoomed, drawn by uPlot from the data that the page carries. Without a script the
   static pictures stay. */
(() => {
  "use strict";
  const holder = document.getElementById("chart-data");
  if (!holder || typeof uPlot === "undefined") return;
  const charts = JSON.parse(holder.textContent);
  const sync = uPlot.sync("run");
  const live = [];

  const role = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const faded = (ink) => ink + "33";

  /* Seconds in the unit that suits the span that is shown. */
  const unitOf = (span) => {
    for (const [name, seconds, most] of [["µs", 1e-6, 3e-3], ["ms", 1e-3, 3], ["s", 1, 600], ["min", 60, 21600]]) {
      if (span <= most) return [name, seconds];
    }
    return ["h", 3600];
  };
  const plain = (value, step) => {
    const decimals = Math.max(0, Math.min(9, Math.ceil(-Math.log10(Math.abs(step) || 1) - 1e-9)));
    return value.toFixed(decimals).replace("-", "−");
  };
  /* Steps that are round in the unit that is shown. */
  const steps = (self, axis, from, to) => {
    const [name, seconds] = unitOf(to - from);
    const tens = [];
    for (let power = -9; power <= 9; power += 1) for (const digit of [1, 2, 5]) tens.push(Number(digit + "e" + power));
    const clock = { min: [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 30, 60], h: [0.1, 0.2, 0.5, 1, 2, 4, 6, 12, 24, 48, 96, 240, 480, 960, 2400] };
    return (clock[name] || tens).map((step) => step * seconds);
  };
  const ticks = (self, splits) => {
    const [, seconds] = unitOf(self.scales.x.max - self.scales.x.min);
    const step = splits.length > 1 ? (splits[1] - splits[0]) / seconds : 1;
    return splits.map((at) => (at === null ? "" : plain(at / seconds, step)));
  };
  const moment = (at) => (at === null || at === undefined ? "–" : +at.toFixed(9) + " s");
  const reading = (unit) => (self, value) =>
    value === null || value === undefined ? "–" : (+value.toPrecision(6)).toString().replace("-", "−") + " " + unit;

  /* A line has points only where it bends: between them it is straight. Where another line has a point,
     its value is read off, so that the legend shows every line at every time. */
  const filled = (times, values) => {
    let before = -1;
    for (let at = 0; at < values.length; at += 1) {
      if (values[at] === undefined) continue;
      if (before >= 0 && values[before] !== null && values[at] !== null) {
        const slope = (values[at] - values[before]) / (times[at] - times[before]);
        for (let gap = before + 1; gap < at; gap += 1) values[gap] = values[before] + slope * (times[gap] - times[before]);
      }
      before = at;
    }
    return values;
  };

  /* One table of all lines over the union of their times. */
  const joined = (chart) => {
    const tables = [];
    for (const it of chart.series) {
      tables.push(it.low ? [it.x, it.low, it.high] : [it.x, it.y]);
    }
    for (const it of chart.limits) {
      tables.push([[chart.span[0], chart.span[1]], [it.value, it.value]]);
    }
    const [times, ...columns] = uPlot.join(tables);
    const lines = [];
    for (const it of chart.series) lines.push(!it.dots, ...(it.low ? [true] : []));
    return [times, ...columns.map((values, index) => (lines[index] === false ? values : filled(times, values)))];
  };

  const options = (chart, width) => {
    const series = [{ label: "time", value: (self, at) => moment(at) }];
    const bands = [];
    for (const it of chart.series) {
      const ink = role(it.ink);
      const own = { label: it.label || chart.unit, stroke: ink, width: 1.5, spanGaps: true, value: reading(chart.unit), points: { show: false } };
      if (it.low) {
        bands.push({ series: [series.length + 1, series.length], fill: faded(ink) });
        series.push({ ...own, label: it.label + ", lowest", width: 0.75 });
        series.push({ ...own, label: it.label + ", highest", width: 0.75 });
      } else if (it.dots) {
        series.push({ ...own, paths: () => null, points: { show: true, size: 4, fill: ink } });
      } else {
        series.push(own);
      }
    }
    for (const it of chart.limits) {
      series.push({ label: it.label, stroke: role("limit"), width: 1, dash: [6, 4], spanGaps: true, value: reading(chart.unit), points: { show: false } });
    }
    const axis = { stroke: role("muted"), grid: { stroke: role("grid"), width: 1 }, ticks: { stroke: role("grid"), width: 1 }, font: "12px system-ui, sans-serif" };
    return {
      width, height: 300, series, bands,
      scales: { x: { time: false } },
      axes: [
        { ...axis, values: ticks, incrs: steps, space: 70 },
        { ...axis, size: 64, values: (self, splits) => splits.map((at) => plain(at, splits[1] - splits[0])) },
      ],
      cursor: { sync: { key: sync.key, setSeries: false }, drag: { x: true, y: false } },
      hooks: { setScale: [(self, key) => { if (key === "x") label(self); }] },
    };
  };

  const label = (self) => {
    const live = self.root.closest(".live");
    const caption = live && live.querySelector(".axis-name");
    if (!caption) return;
    const [name] = unitOf(self.scales.x.max - self.scales.x.min);
    caption.textContent = "time / " + name + " · drag or + to zoom, arrows to move, double-click or 0 for all";
  };

  /* Zoom and move by keys, all charts together. */
  const keys = { "+": [0.25, 0.75], "=": [0.25, 0.75], "-": [-0.5, 1.5], ArrowLeft: [-0.25, 0.75], ArrowRight: [0.25, 1.25] };
  const keyed = (event) => {
    const [all] = live;
    if (!all || event.ctrlKey || event.metaKey || event.altKey) return;
    const whole = all.chart.span;
    const { min, max } = all.plot.scales.x;
    let range = whole;
    if (keys[event.key]) {
      const width = Math.min(max - min, whole[1] - whole[0]);
      range = keys[event.key].map((share) => min + share * (max - min));
      if (event.key.startsWith("Arrow")) {
        const over = Math.max(whole[0] - range[0], 0) - Math.max(range[1] - whole[1], 0);
        range = [range[0] + over, range[0] + over + width];
      } else {
        range = [Math.max(range[0], whole[0]), Math.min(range[1], whole[1])];
      }
    } else if (event.key !== "0" && event.key !== "Home") return;
    event.preventDefault();
    if (range[1] - range[0] < 1e-8) return;
    for (const it of live) it.plot.setScale("x", { min: range[0], max: range[1] });
  };

  const open = (figure, chart) => {
    const place = figure.querySelector(".plot");
    const title = figure.querySelector(".live b");
    if (!title.dataset.plain) title.dataset.plain = title.textContent;
    title.textContent = title.dataset.plain + " / " + chart.unit;
    place.tabIndex = 0;
    place.setAttribute("role", "group");
    place.setAttribute("aria-label", title.textContent);
    place.onkeydown = keyed;
    const plot = new uPlot(options(chart, Math.max(280, place.clientWidth)), joined(chart), place);
    label(plot);
    live.push({ plot, place, figure, chart });
  };

  const show = (on) => {
    document.documentElement.classList.toggle("zoomable", on);
    for (const it of live.splice(0)) it.plot.destroy();
    if (on) {
      for (const figure of document.querySelectorAll("figure[data-chart]")) {
        const chart = charts[Number(figure.dataset.chart)];
        if (chart) open(figure, chart);
      }
    }
    button.textContent = on ? "Still pictures" : "Zoom into the plots";
    button.setAttribute("aria-pressed", on);
  };

  const button = document.getElementById("zoom");
  let on = false;
  button.hidden = false;
  button.addEventListener("click", () => show((on = !on)));
  document.addEventListener("packtwin-theme", () => { if (on) show(true); });
  addEventListener("resize", () => {
    for (const it of live) it.plot.setSize({ width: Math.max(280, it.place.clientWidth), height: 300 });
  });
  if (location.hash === "#zoom") show((on = true));
})();
