// A running run tells what is new through live.js; a file may load a script but not fetch.
(() => {
  const { page } = window;
  if (!page.data.live) return;
  const news = document.getElementById("news");
  const part = (name) => document.querySelector(`[data-live="${name}"]`);
  let told = Date.now();
  let seen = "";

  const fragment = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content;
  };

  const showCharts = (update) => {
    const titles = (charts) => JSON.stringify(charts.map((chart) => [chart.title, chart.series.length]));
    const isSame = titles(update.charts) === titles(page.data.charts);
    page.data.charts = update.charts;
    page.data.history = update.history;
    if (!isSame) {
      part("charts").replaceChildren(fragment(update.html.charts));
      page.buildCharts();
      return;
    }
    // Only tables and notes are exchanged, so that nobody's place in a chart is lost.
    const fresh = fragment(update.html.charts).querySelectorAll(".notes, .values table");
    part("charts").querySelectorAll(".notes, .values table").forEach((old, place) => old.replaceWith(fresh[place]));
    page.updateCharts();
  };

  window.kerasEstimatorsLive = (update) => {
    const text = JSON.stringify(update);
    if (text !== seen) {
      seen = text;
      told = Date.now();
      if (!update.running) { location.reload(); return; }
      showCharts(update);
      for (const name of ["status", "problem", "figures", "console"]) {
        part(name).replaceChildren(fragment(update.html[name]));
      }
    }
    const seconds = Math.round((Date.now() - told) / 1000);
    news.textContent = seconds < 5 ? "live" : `last news ${seconds} s ago`;
    news.classList.toggle("old", seconds >= 5);
  };

  const ask = () => {
    const script = document.createElement("script");
    script.src = `live.js?t=${Date.now()}`;
    const again = () => { script.remove(); setTimeout(ask, 1000); };
    script.onload = again;
    script.onerror = () => { news.textContent = "waiting for news"; again(); };
    document.head.append(script);
  };
  ask();
})();
