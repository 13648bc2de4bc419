// What all pages share: theme, tabs, downloads, "differences only", printing.
(() => {
  const root = document.documentElement;
  const page = (window.page = window.page || {});

  // Theme
  const button = document.getElementById("theme");
  const setTheme = (theme) => {
    root.dataset.theme = theme;
    button.setAttribute("aria-pressed", String(theme === "dark"));
    document.dispatchEvent(new Event("theme"));
  };
  setTheme(root.dataset.theme);
  button.addEventListener("click", () => {
    const theme = root.dataset.theme === "dark" ? "light" : "dark";
    setTheme(theme);
    try { localStorage.setItem("keras-estimators-theme", theme); } catch { /* not kept then */ }
  });

  // Tabs: arrow keys move between them, as in the ARIA authoring practices.
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const panel = (tab) => document.getElementById(tab.getAttribute("aria-controls"));
  const select = (tab) => {
    for (const other of tabs) {
      const isSelected = other === tab;
      other.setAttribute("aria-selected", String(isSelected));
      other.tabIndex = isSelected ? 0 : -1;
      panel(other).classList.toggle("closed", !isSelected);
    }
  };
  tabs.forEach((tab, place) => {
    tab.addEventListener("click", () => {
      select(tab);
      history.replaceState(null, "", `#show-${tab.getAttribute("aria-controls")}`);
    });
    tab.addEventListener("keydown", (event) => {
      const last = tabs.length - 1;
      const target = {
        ArrowRight: place === last ? 0 : place + 1, ArrowLeft: place ? place - 1 : last,
        Home: 0, End: last,
      }[event.key];
      if (target === undefined) return;
      event.preventDefault();
      tabs[target].focus();
      tabs[target].click();
    });
  });
  if (tabs.length) {
    const asked = location.hash.replace("#show-", "");
    select(tabs.find((tab) => tab.getAttribute("aria-controls") === asked) || tabs[0]);
  }

  // Downloads of the history
  const text = (history, kind) => {
    if (kind === "json") return JSON.stringify(history, null, 1);
    const names = Object.keys(history.metrics);
    const quoted = (value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
    const rows = history.epoch.map((epoch, place) =>
      [history.fit[place], ...(history.member ? [history.member[place]] : []), epoch, ...names.map((name) => history.metrics[name][place])].join(","));
    return [["fit", ...(history.member ? ["member"] : []), "epoch", ...names.map(quoted)].join(","), ...rows, ""].join("\n");
  };
  for (const download of document.querySelectorAll("[data-download]")) {
    download.addEventListener("click", () => {
      const kind = download.dataset.download;
      const place = download.dataset.run;
      const from = place === undefined ? page.data : page.data.runs[Number(place)];
      const type = kind === "csv" ? "text/csv" : "application/json";
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text(from.history, kind)], { type }));
      link.download = `${from.id}-history.${kind}`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  }

  // Tables that may show only what differs
  for (const box of document.querySelectorAll("[data-differing]")) {
    const target = document.getElementById(box.dataset.differing);
    const apply = () => target.classList.toggle("differing", box.checked);
    box.addEventListener("change", apply);
    apply();
  }

  // Paper is white and cannot be clicked.
  let before = null;
  addEventListener("beforeprint", () => {
    before = root.dataset.theme;
    for (const details of document.querySelectorAll("details:not([open], .values)")) {
      details.open = true;
      details.dataset.printed = "";
    }
    root.classList.add("printing");
    setTheme("light");
  });
  addEventListener("afterprint", () => {
    for (const details of document.querySelectorAll("details[data-printed]")) {
      details.open = false;
      delete details.dataset.printed;
    }
    root.classList.remove("printing");
    setTheme(before || "light");
  });
})();
