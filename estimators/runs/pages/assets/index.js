// The index of runs: everything is in memory, only a hundred rows at a time are in the document.
(() => {
  const { folder, columns, runs } = window.page.data;
  const STEP = 100;
  const byId = (id) => document.getElementById(id);
  const place = Object.fromEntries(columns.map((column, index) => [column.key, index]));
  const chosen = new Set();
  let sort = { column: place.start ?? 0, descending: true };
  let found = [];
  let shown = STEP;

  for (const run of runs) {
    run.text = [run.id, ...run.values.filter((value) => typeof value === "string")].join(" ").toLowerCase();
  }

  // Words must all occur; name>value compares a column.
  const COMPARISON = /^([\w.]+)(<=|>=|!=|=|<|>|:)(.+)$/;
  const columnOf = (name) => {
    const keys = [name, `flag_${name}`, `eval_${name}`, `metric_${name}_best`, `metric_${name}`];
    const key = keys.find((candidate) => candidate in place);
    return key === undefined ? columns.findIndex((column) => column.label.toLowerCase() === name) : place[key];
  };
  const TESTS = {
    "<": (a, b) => a < b, ">": (a, b) => a > b, "<=": (a, b) => a <= b, ">=": (a, b) => a >= b,
    "=": (a, b) => a === b, "!=": (a, b) => a !== b,
  };
  const testOf = (word) => {
    const parts = COMPARISON.exec(word);
    const column = parts ? columnOf(parts[1]) : -1;
    if (column < 0) return (run) => run.text.includes(word);
    const [, , sign, wanted] = parts;
    if (sign === ":") return (run) => String(run.values[column] ?? "").toLowerCase().includes(wanted);
    const number = Number(wanted);
    return (run) => {
      const value = run.values[column];
      if (value === null || value === undefined) return sign === "!=";
      if (typeof value === "number" && !Number.isNaN(number)) return TESTS[sign](value, number);
      return TESTS[sign](String(value).toLowerCase(), wanted);
    };
  };

  const order = (a, b) => {
    const [x, y] = [a.values[sort.column], b.values[sort.column]];
    const isEmpty = (value) => value === null || value === undefined || value === "" || value === "NaN";
    if (isEmpty(x) || isEmpty(y)) return isEmpty(x) - isEmpty(y);
    const result = typeof x === "number" && typeof y === "number"
      ? x - y : String(x) < String(y) ? -1 : String(x) > String(y) ? 1 : 0;
    return sort.descending ? -result : result;
  };

  const search = () => {
    const words = byId("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    const tests = words.map(testOf);
    const status = byId("status").value;
    if (status) tests.push((run) => run.values[place.status] === status);
    const all = byId("children")?.checked ? runs : runs.filter((run) => !run.parent);
    found = all.filter((run) => tests.every((test) => test(run))).sort(order);
    byId("count").textContent = `${found.length.toLocaleString("en")} of ${all.length.toLocaleString("en")} runs`;
    shown = STEP;
    render();
  };

  const isFigure = (column) => ["measure", "number", "duration"].includes(column.kind)
    || (column.kind === "value" && runs.some((run) => typeof run.values[place[column.key]] === "number"));
  for (const column of columns) column.isFigure = isFigure(column);

  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const spark = (values) => {
    const NS = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(NS, "svg");
    for (const [name, value] of Object.entries({ viewBox: "0 0 100 100", width: 72, height: 20, preserveAspectRatio: "none", "aria-hidden": "true" })) svg.setAttribute(name, value);
    const line = document.createElementNS(NS, "polyline");
    line.setAttribute("points", values.map((value, index) => `${(2 + 96 * index / (values.length - 1)).toFixed(1)},${96 - 0.92 * value}`).join(" "));
    svg.append(line);
    return svg;
  };

  const cell = (run, column) => {
    const value = run.values[place[column.key]];
    if (column.kind === "name") {
      const head = element("th", undefined, "name");
      head.scope = "row";
      head.title = run.path;
      const box = element("input");
      box.type = "checkbox";
      box.checked = chosen.has(run.path);
      box.setAttribute("aria-label", `Choose ${value}`);
      box.addEventListener("change", () => choose(run, box.checked));
      const name = element(run.link ? "a" : "span", value);
      if (run.link) name.href = run.link.split("/").map(encodeURIComponent).join("/");
      head.append(box, " ", name);
      return head;
    }
    const made = element("td", undefined, column.isFigure ? "figure" : "");
    if (column.kind === "spark") {
      if (run.spark.length) made.append(spark(run.spark));
    } else if (column.kind === "status") {
      made.append(element("span", value, `status ${value}`));
    } else if (value !== null && value !== undefined && value !== "") {
      made.textContent = run.texts[place[column.key]] ?? value;
    }
    return made;
  };

  // A column that only runs out of sight fill is left out.
  const isUsed = (column) => column.kind === "spark" || column.kind === "name" || found.length === 0
    || found.some((run) => run.values[place[column.key]] !== null && run.values[place[column.key]] !== "");

  const render = () => {
    const visible = columns.filter((column) => column.shown && isUsed(column));
    byId("heads").replaceChildren(...visible.map((column) => {
      const head = element("th", undefined, column.isFigure ? "figure" : "");
      head.scope = "col";
      const index = place[column.key];
      if (column.kind === "spark") { head.append(element("span", column.label, "plain")); return head; }
      if (sort.column === index) head.setAttribute("aria-sort", sort.descending ? "descending" : "ascending");
      const button = element("button", column.label);
      button.type = "button";
      button.addEventListener("click", () => {
        sort = { column: index, descending: sort.column === index ? !sort.descending : column.isFigure };
        search();
        byId("heads").querySelector("[aria-sort] button").focus();
      });
      head.append(button);
      return head;
    }));
    const rows = found.slice(0, shown).map((run) => {
      const row = element("tr", undefined, run.parent ? "child" : "");
      row.append(...visible.map((column) => cell(run, column)));
      return row;
    });
    byId("rows").replaceChildren(...rows);
    byId("more").parentElement.hidden = found.length <= shown;
  };

  const choose = (run, isChosen) => {
    if (isChosen) chosen.add(run.path); else chosen.delete(run.path);
    const named = [...chosen].map((path) => JSON.stringify(`${folder}/${path}`));
    const text = named.length > 1 ? `compare_runs([${named.join(", ")}])` : `view_run(${named[0] ?? ""})`;
    byId("line").textContent = text;
    byId("chosen").hidden = chosen.size === 0;
  };
  byId("copy").addEventListener("click", () => {
    const range = document.createRange();
    range.selectNodeContents(byId("line"));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    navigator.clipboard?.writeText(byId("line").textContent).catch(() => document.execCommand("copy"));
  });

  const choices = document.querySelector("#columns .choices");
  for (const column of columns.slice(1)) {
    const label = element("label", undefined, "check");
    const box = element("input");
    box.type = "checkbox";
    box.checked = column.shown;
    box.addEventListener("change", () => { column.shown = box.checked; render(); });
    label.append(box, ` ${column.label}`);
    choices.append(label);
  }

  byId("filter").addEventListener("input", search);
  byId("status").addEventListener("change", search);
  byId("children")?.addEventListener("change", search);
  byId("more").addEventListener("click", () => { shown += STEP; render(); });
  addEventListener("beforeprint", () => { shown = found.length; render(); });
  search();
})();
