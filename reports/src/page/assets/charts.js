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
  const ticks = (self, splits) => {
    const [, seconds] = unitOf(self.scales.x.max - self.scales.x.min);
    const step = splits.length > 1 ? (splits[1] - splits[0]) / seconds : 1;
    return splits.map((at) => (at === null ? "" : plain(at / seconds, step)));
  };
  const moment = (at) => (at === null || at === undefined ? "–" : +at.toFixed(9) + " s");
  const reading = (unit) => (self, value) =>
    value === null || value === undefined ? "–" : (+value.toPrecision(6)).toString().replace("-", "−") + " " + unit;

  /* One table of all lines over the union of their times; a line is not drawn across another's gaps. */
  const joined = (chart) => {
    const tables = [];
    for (const it of chart.series) {
      tables.push(it.low ? [it.x, it.low, it.high] : [it.x, it.y]);
    }
    for (const it of chart.limits) {
      tables.push([[chart.span[0], chart.span[1]], [it.value, it.value]]);
    }
    return uPlot.join(tables);
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
        { ...axis, values: ticks, space: 70 },
        { ...axis, size: 64, values: (self, splits) => splits.map((at) => plain(at, splits[1] - splits[0])) },
      ],
      cursor: { sync: { key: sync.key, setSeries: false }, drag: { x: true, y: false } },
      hooks: { setScale: [(self, key) => { if (key === "x") label(self); }] },
    };
  };

  const label = (self) => {
    const caption = self.root.parentElement && self.root.parentElement.querySelector(".axis-name");
    if (!caption) return;
    const [name] = unitOf(self.scales.x.max - self.scales.x.min);
    caption.textContent = "time / " + name + " · drag to zoom, double-click for all";
  };

  const open = (figure, chart) => {
    const place = figure.querySelector(".live");
    for (const old of place.querySelectorAll(".axis-name")) old.remove();
    const caption = document.createElement("small");
    caption.className = "axis-name";
    const plot = new uPlot(options(chart, Math.max(280, place.clientWidth)), joined(chart), place);
    place.append(caption);
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
