// Charts of the history: uPlot draws, this file adds the legend, the keys and the best epochs.
(() => {
  const page = (window.page = window.page || {});
  page.data = JSON.parse(document.getElementById("data").textContent);

  const HEIGHT = 230;
  // Alpha of the curves of members, behind that of their mean.
  const PALE = "70";
  const STEPS = [...Array(12).keys()].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power));
  const sync = uPlot.sync("epochs");
  let charts = [];

  const color = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const written = (value) => {
    if (value === null || value === undefined) return "–";
    const size = Math.abs(value);
    return size === 0 || (size >= 1e-3 && size < 1e6) ? value.toFixed(4) : powers(value, 3);
  };
  const powers = (value, digits) => value.toExponential(digits).replace(/e([+-])(\d)$/, "e$10$2");

  // As many digits as the steps between the marks of the axis need.
  const marks = (u, splits, axis, space, step) => splits.map((value) => {
    if (value === null || value === undefined) return null;
    const largest = Math.max(...splits.map(Math.abs));
    if (u.scales.y.distr === 3) return value >= 1e-3 && value < 1e5 ? String(Number(value.toPrecision(3))) : powers(value, 0);
    if (largest >= 1e6 || largest < 1e-3) return value === 0 ? "0" : powers(value, 1);
    return value.toFixed((String(Number(step.toPrecision(3))).split(".")[1] || "").length);
  });

  class Chart {
    constructor(figure, data) {
      this.figure = figure;
      this.plot = figure.querySelector(".plot");
      this.hidden = new Set();
      this.setData(data);
      this.plot.addEventListener("keydown", (event) => this.onKey(event));
      this.plot.addEventListener("blur", () => this.show(null));
      this.observer = new ResizeObserver(() => this.resize());
      this.observer.observe(this.plot);
    }

    setData(data) {
      this.data = data;
      // What the legend has entries for; members are told apart in the table.
      this.groups = [...new Set(data.series.map((series) => series.group))].map(
        (group) => data.series.filter((series) => series.group === group));
      this.build();
    }

    build() {
      const { data } = this;
      if (this.chart) this.chart.destroy();
      this.chart = new uPlot(this.options(), [data.x, ...data.series.map((s) => s.values)], this.plot);
      this.legend();
      this.show(null);
    }

    options() {
      const { data } = this;
      const values = data.series.flatMap((series) => series.values).filter((v) => v !== null);
      const isLog = page.isLog && values.length > 0 && values.every((value) => value > 0);
      const axis = {
        stroke: color("muted"), font: "12px system-ui, sans-serif",
        grid: { stroke: color("grid"), width: 1 }, ticks: { show: false },
      };
      const single = data.x.length < 2;
      const hasThin = data.series.some((series) => series.thin);
      const width = (series) => {
        if (series.thin) return 1;
        return series.dotted ? 1.75 : series.dashed ? (hasThin ? 2 : 1.25) : hasThin ? 2.75 : 2;
      };
      return {
        width: Math.max(this.plot.clientWidth, 200), height: HEIGHT, padding: [16, 12, 0, 0],
        legend: { show: false },
        cursor: {
          y: false, points: { size: 8 },
          drag: { x: true, y: false, setScale: true },
          sync: { key: sync.key, scales: ["x", null] },
        },
        scales: {
          x: { time: false, ...(single && { range: [(data.x[0] ?? 0) - 1, (data.x[0] ?? 0) + 1] }) },
          y: isLog ? { distr: 3 } : {},
        },
        axes: [
          { ...axis, incrs: STEPS, size: 28, gap: 6 },
          { ...axis, values: marks, size: (u, labels) => 14 + 7 * Math.max(3, ...(labels || []).map((label) => (label ?? "").length)), gap: 6 },
        ],
        series: [
          {},
          ...data.series.map((series, place) => ({
            label: series.label, stroke: color(series.color) + (series.thin ? PALE : ""),
            width: width(series), dash: series.dotted ? [1.5, 3] : series.dashed ? [5, 4] : undefined,
            show: !this.hidden.has(series.group),
            points: { show: data.x.length < 3, size: 6 },
          })),
        ],
        hooks: {
          draw: [(u) => this.drawBest(u)],
          setCursor: [(u) => { if (u.cursor.left >= 0 || !this.shown) this.show(u.cursor.idx); else this.show(null); }],
        },
      };
    }

    // A ring at each best epoch; a line down to the axis too where there is only one.
    drawBest(u) {
      const { ctx } = u;
      const best = this.data.series
        .filter((series) => series.best !== null && !this.hidden.has(series.group));
      for (const series of best) {
        const x = u.valToPos(this.data.x[series.best], "x", true);
        const y = u.valToPos(series.values[series.best], "y", true);
        const { left, top, width, height } = u.bbox;
        if (x < left - 1 || x > left + width + 1) continue;
        const pixel = devicePixelRatio;
        ctx.save();
        ctx.setLineDash([]);
        ctx.lineWidth = pixel;
        ctx.strokeStyle = ctx.fillStyle = color("muted");
        if (best.length === 1) {
          ctx.setLineDash([2 * pixel, 3 * pixel]);
          ctx.beginPath();
          ctx.moveTo(x, top);
          ctx.lineTo(x, top + height);
          ctx.stroke();
          ctx.setLineDash([]);
          ctx.font = `${11 * pixel}px system-ui, sans-serif`;
          ctx.textAlign = x > left + width - 60 * pixel ? "right" : x < left + 60 * pixel ? "left" : "center";
          ctx.fillText(`best ${this.data.labels[series.best]}`, x, top - 5 * pixel);
        }
        ctx.beginPath();
        ctx.arc(x, y, (series.thin ? 3 : 4.5) * pixel, 0, 2 * Math.PI);
        ctx.fillStyle = color("surface");
        ctx.fill();
        ctx.lineWidth = (series.thin ? 1.25 : 2) * pixel;
        ctx.strokeStyle = color(series.color);
        ctx.stroke();
        ctx.restore();
      }
    }

    legend() {
      const list = this.figure.querySelector(".legend");
      const { series: all } = this.data;
      this.readouts = this.groups.map(([series, ...others]) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.title = "Show or hide";
        button.setAttribute("aria-pressed", String(!this.hidden.has(series.group)));
        const line = document.createElement("i");
        line.style.borderTopColor = `var(--${series.color})`;
        line.classList.toggle("dashed", series.dashed && !series.thin);
        line.classList.toggle("thin", series.thin);
        const name = document.createElement("span");
        name.textContent = series.thin ? `each of ${new Set([series, ...others].map((one) => one.label.split(",")[0])).size} ${series.group}` : series.label;
        const value = document.createElement("b");
        button.append(line, name, value);
        button.addEventListener("click", () => {
          if (!this.hidden.delete(series.group)) this.hidden.add(series.group);
          const show = !this.hidden.has(series.group);
          button.setAttribute("aria-pressed", String(show));
          all.forEach((one, place) => {
            if (one.group === series.group) this.chart.setSeries(place + 1, { show });
          });
        });
        item.append(button);
        return { item, value };
      });
      list.classList.toggle("many", this.groups.length > 3);
      list.replaceChildren(...this.readouts.map((readout) => readout.item));
    }

    // The values of one epoch; of the last one while none is pointed at.
    show(place) {
      const { data } = this;
      const isIdle = place === null || place === undefined;
      const at = isIdle ? data.x.length - 1 : place;
      const isShared = data.series.every((series) => series.last === at);
      const label = isIdle && !isShared ? "last of each" : `${isIdle ? "last, " : ""}${data.labels[at] ?? ""}`;
      this.place = isIdle ? null : place;
      this.figure.classList.toggle("pointing", !isIdle);
      this.figure.querySelector(".at").textContent = label;
      const value = (group) => {
        if (group[0].thin) return "";
        if (isIdle) return written(group[0].values[group[0].last]);
        // Where members have stopped, the mean of the others stands in another curve.
        return written(group.map((series) => series.values[at]).find((one) => one !== null));
      };
      const values = this.groups.map(value);
      (this.readouts || []).forEach((readout, index) => { readout.value.textContent = values[index]; });
      this.plot.setAttribute("aria-valuenow", String(Math.max(at, 0)));
      this.plot.setAttribute("aria-valuetext",
        [label, ...this.groups.map(([series], index) => `${series.label} ${values[index]}`).filter((text, index) => values[index])].join(", "));
    }

    onKey(event) {
      const last = this.data.x.length - 1;
      const from = this.place ?? (event.key === "ArrowLeft" ? last + 1 : -1);
      const target = {
        ArrowRight: Math.min(from + 1, last), ArrowLeft: Math.max(from - 1, 0),
        ArrowUp: Math.min(from + 1, last), ArrowDown: Math.max(from - 1, 0),
        PageUp: Math.min(from + 10, last), PageDown: Math.max(from - 10, 0), Home: 0, End: last,
      }[event.key];
      if (event.key === "Escape") { this.build(); return; }
      if (target === undefined) return;
      event.preventDefault();
      const u = this.chart;
      u.setCursor({ left: u.valToPos(this.data.x[target], "x"), top: u.over.clientHeight / 2 });
      this.show(target);
    }

    resize() {
      const width = this.plot.clientWidth;
      if (width > 0 && Math.abs(width - this.chart.width) > 1) this.chart.setSize({ width, height: HEIGHT });
    }

    remove() {
      this.observer.disconnect();
      this.chart.destroy();
    }
  }

  // Draw all figures of the page anew; the live page calls this where there are other metrics.
  page.buildCharts = () => {
    for (const chart of charts) chart.remove();
    charts = [...document.querySelectorAll("figure[data-chart]")].map(
      (figure) => new Chart(figure, page.data.charts[Number(figure.dataset.chart)]));
  };
  page.updateCharts = () => charts.forEach((chart, place) => chart.setData(page.data.charts[place]));

  page.buildCharts();
  document.addEventListener("theme", () => charts.forEach((chart) => chart.build()));
  document.getElementById("log")?.addEventListener("change", (event) => {
    page.isLog = event.target.checked;
    charts.forEach((chart) => chart.build());
  });
})();
